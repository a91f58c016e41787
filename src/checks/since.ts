import pg from 'pg';
import type { LiveSchema } from '../db/catalog.js';
import type { ParsedCheck } from './check-file.js';

/** How `--since` narrows a check, as SQL predicates that use `:since`. */
export interface Restriction {
  /** On the rows that the check scans, or where it stands alone, on the rows that it returns. */
  onRows: string;
  /** On the rows of its entity, for the denominator. */
  onEntity: string;
}

/**
 * The restriction to what is new: the keys that the check's own `since:` selects, else the rows of its entity created
 * or updated since. Null where neither can be told (a metric, a table without times): it then looks at everything.
 */
export function restrictionOf(check: ParsedCheck, live: LiveSchema): Restriction | null {
  const { entity, key, metric, since, shape } = check;
  if (metric !== null || entity === null) return null;
  const columns = live.get(entity)?.columns;
  if (since !== null) {
    const touched = `${pg.escapeIdentifier(key)} IN (${since})`;
    return { onRows: touched, onEntity: columns?.has(key) === true ? touched : 'true' };
  }
  const times = ['createdAt', 'updatedAt', 'addedAt'].filter((column) => columns?.has(column));
  if (times.length === 0) return null;
  const isNew = `(${times.map((column) => `${pg.escapeIdentifier(column)} >= :since`).join(' OR ')})`;
  if (shape.kind === 'filter' && shape.source.kind === 'table' && shape.source.name === entity) return { onRows: isNew, onEntity: isNew };
  if (columns?.has(key) !== true) return null;
  const keys = `${pg.escapeIdentifier(key)} IN (SELECT ${pg.escapeIdentifier(key)} FROM ${pg.escapeIdentifier(entity)} WHERE ${isNew})`;
  return { onRows: keys, onEntity: isNew };
}
