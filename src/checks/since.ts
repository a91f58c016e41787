import pg from 'pg';
import type { LiveSchema } from '../db/catalog.js';
import type { ParsedCheck } from './check-file.js';

/** How `--since` narrows a check, as SQL predicates that use `:since` and the check's own parameters. */
export interface Restriction {
  /** On the rows that a scan reads, where the check is a filter. */
  onScan: string;
  /** On the rows that the check returns, where its statement is answered whole. */
  onResult: string;
  /** On the rows of its entity, for the denominator. */
  onEntity: string;
}

/**
 * The restriction to what is new: the keys that the check's own `since:` selects, else the rows of its entity created
 * or updated since. Null where neither can be told (a metric, a table without times): it then looks at everything.
 */
export function restrictionOf(check: ParsedCheck, live: LiveSchema): Restriction | null {
  const { entity, metric, since, shape } = check;
  if (metric !== null || entity === null) return null;
  const columns = live.get(entity)?.columns;
  const hasKey = columns?.has(check.key) === true;
  const key = pg.escapeIdentifier(check.key);
  if (since !== null) {
    const touched = `${key} IN (${since}\n)`;
    return { onScan: touched, onResult: touched, onEntity: hasKey ? touched : 'true' };
  }
  const times = ['createdAt', 'updatedAt', 'addedAt'].filter((column) => columns?.has(column));
  if (times.length === 0 || !hasKey) return null;
  const isNew = `(${times.map((column) => `${pg.escapeIdentifier(column)} >= :since`).join(' OR ')})`;
  const keys = `${key} IN (SELECT ${key} FROM ${pg.escapeIdentifier(entity)} WHERE ${isNew})`;
  const scansEntity = shape.kind === 'filter' && shape.source.kind === 'table' && shape.source.name === entity;
  return { onScan: scansEntity ? isNew : keys, onResult: keys, onEntity: isNew };
}
