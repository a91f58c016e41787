import type { Pool } from '../db/pool.js';
import type { Access } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { chooseColumns, chooseStatuses } from './choose.js';
import { DATASETS } from './datasets/index.js';
import type { Manifest } from './manifest.js';
import { prepare } from './prepare.js';
import type { Selection } from './statement.js';

/**
 * The selection that a manifest tells of, to be asked again: its instants as they were then, in its zone, with its sold
 * statuses, whatever the configuration says today.
 */
export async function reselect(pool: Pool, manifest: Manifest, access: Access): Promise<Selection> {
  const { period, filters, format, gzip, excel, raw, redacted } = manifest;
  const dataset = DATASETS[manifest.dataset];
  const selection = await prepare(
    pool,
    {
      dataset,
      wanted: { from: bound(period.from), to: bound(period.to), month: null },
      columns: chooseColumns(
        dataset,
        manifest.columns.map(({ key }) => key),
      ),
      statuses: chooseStatuses(dataset, filters.statuses),
      business: filters.business,
      style: { format, gzip, excel, raw, redact: redacted },
      timezone: period.timezone,
      sold: manifest.soldStatuses,
    },
    access,
  );
  const { from, to, timezone, label, firstDay, lastDay, isOver } = period;
  if (from !== selection.period.from || to !== selection.period.to)
    throw new SmsfoodError(
      'MANIFEST_INVALID',
      'The period of the manifest is not the one that the database reads in it.',
    );
  return { ...selection, period: { from, to, timezone, label, firstDay, lastDay, isOver } };
}

const bound = (at: string | null) => (at === null ? null : { at });
