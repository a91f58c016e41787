import type { Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { STATUS_SQL } from './status.js';

export interface FoundRun {
  id: string;
  command: string;
  feature: string | null;
  status: string;
  exitCode: number | null;
}

/** Fewer characters of an id than these are a slip, such as an empty variable, and name no run. */
const FEWEST_CHARACTERS = 4;

/**
 * The run that an id, or the beginning of one, means. Throws NOT_FOUND where there is none, and where the beginning is
 * that of several, and USAGE where it is too short.
 */
export async function findRun(session: Session, start: string): Promise<FoundRun> {
  if (start.length < FEWEST_CHARACTERS) {
    throw new SmsfoodError(
      'USAGE',
      `"${start}" names no run: it takes at least the first ${FEWEST_CHARACTERS} characters of its id.`,
      'List the runs with `smsfood runs list`.',
    );
  }
  const { rows } = await session.query<FoundRun>(
    `SELECT r.id::text AS id, r.command, r.feature, ${STATUS_SQL} AS status, r.exit_code AS "exitCode"
     FROM ops.runs r WHERE starts_with(r.id::text, lower($1)) ORDER BY r.started_at DESC LIMIT 3`,
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
