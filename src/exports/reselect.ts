import type { Pool } from '../db/pool.js';
import { SmsfoodError } from '../errors.js';
import { DATASETS } from './datasets/index.js';
import type { Manifest } from './manifest.js';
import { type Access, prepare, type Request } from './prepare.js';
import type { Selection } from './statement.js';

/**
 * The selection that a manifest tells of, to be asked again: its instants as they were then, in its zone, with its sold
 * statuses, whatever the configuration says today.
 */
export async function reselect(pool: Pool, manifest: Manifest, access: Access): Promise<Selection> {
  const request: Request = {
    dataset: DATASETS[manifest.dataset],
    wanted: { from: bound(manifest.period.from), to: bound(manifest.period.to), month: null },
    columns: manifest.columns.map(({ key }) => key),
    statuses: manifest.filters.statuses,
    business: manifest.filters.business,
    style: { format: manifest.format, raw: manifest.raw, redact: manifest.redacted, isQuoted: manifest.excel },
    timezone: manifest.period.timezone,
    sold: manifest.soldStatuses,
  };
  const selection = await prepare(pool, request, access);
  const { from, to, timezone, label, firstDay, lastDay, isOver } = manifest.period;
  if (from !== selection.period.from || to !== selection.period.to)
    throw new SmsfoodError(
      'MANIFEST_INVALID',
      'The period of the manifest is not the one that the database reads in it.',
    );
  return { ...selection, period: { from, to, timezone, label, firstDay, lastDay, isOver } };
}

const bound = (at: string | null) => (at === null ? null : { at });
