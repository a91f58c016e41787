import type { Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';

export interface FoundRun {
  id: string;
  command: string;
  feature: string | null;
  status: string;
}

/**
 * The run that an id, or the beginning of one, means. Throws NOT_FOUND where there is none, and where the beginning is
 * that of several.
 */
export async function findRun(session: Session, start: string): Promise<FoundRun> {
  const { rows } = await session.query<FoundRun>(
    `SELECT id::text AS id, command, feature, status FROM ops.runs
     WHERE starts_with(id::text, lower($1)) ORDER BY started_at DESC LIMIT 3`,
    [start],
  );
  const [first, second] = rows;
  if (first !== undefined && second === undefined) return first;
  if (first === undefined) {
    throw new SmsfoodError(
      'NOT_FOUND',
      `No run is called "${start}".`,
      'List the runs with `smsfood runs list`; the first characters of an id are enough.',
    );
  }
  throw new SmsfoodError(
    'NOT_FOUND',
    `Several runs begin with "${start}": ${rows.map(({ id }) => id).join(', ')}.`,
    'Give more of the id.',
  );
}
