import pg from 'pg';
import { describe, isConnectionLost, sqlState } from '../db/errors.js';
import { inSavepoint, type Session } from '../db/session.js';
import type { ParsedCheck } from './check-file.js';
import { createBinder, type Globals, globalParameters } from './parameters.js';

/** The checks that single rows violate. */
export interface RowVerdicts {
  /** Ids of the violated checks by the key of the row, both in order. */
  violated: Map<string, string[]>;
  /** Why checks could not be judged, by their id. */
  unjudged: Map<string, string>;
}

/**
 * Judges rows one by one instead of counting them: those with the given keys, or with null whichever violate something.
 * The rules are those of the check files, whatever threshold a check has. The session ends up as it was.
 */
export async function judgeRows(
  session: Session,
  checks: readonly ParsedCheck[],
  globals: Omit<Globals, 'since'>,
  keys: readonly string[] | null,
): Promise<RowVerdicts> {
  const found: [string, string][] = [];
  const unjudged = new Map<string, string>();
  for (const check of checks) {
    const binder = createBinder(globalParameters({ ...globals, since: null }));
    const key = `${pg.escapeIdentifier(check.key)}::text`;
    const body = binder.bind(check.sql, check.parameters);
    const restriction =
      keys === null
        ? ''
        : `WHERE ${key} = ANY (${binder.bind(':keys', { keys: { type: 'text[]', value: [...keys] } })})`;
    try {
      const { rows } = await inSavepoint(session, () =>
        session.query<{ key: string }>(
          `SELECT DISTINCT ${key} AS key FROM (\n${body}\n) AS result ${restriction}`,
          binder.values,
        ),
      );
      for (const row of rows) found.push([row.key, check.id]);
    } catch (error) {
      if (sqlState(error) === undefined || isConnectionLost(error)) throw error;
      unjudged.set(check.id, describe(error));
    }
  }
  const violated = new Map<string, string[]>();
  for (const [key, id] of found.sort()) violated.set(key, [...(violated.get(key) ?? []), id]);
  return { violated, unjudged };
}
