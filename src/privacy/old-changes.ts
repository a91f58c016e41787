import pg from 'pg';
import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import type { WritingRun } from '../db/run.js';
import { inSession, type SessionOptions } from '../db/session.js';
import { COLUMN_TAGS, PLATFORM_TABLES } from '../personal-data.js';

const BATCH = 2_000;

/** The personal columns of the entry's table, as an array of text. `l` is a row of the ledger. */
const PERSONAL_OF_TABLE = `CASE l.table_name ${PLATFORM_TABLES.flatMap((table) => {
  const columns = COLUMN_TAGS.filter((each) => each.table === table && each.tag !== 'plain');
  const list = columns.map(({ column }) => pg.escapeLiteral(column)).join(', ');
  return columns.length === 0 ? [] : [`WHEN ${pg.escapeLiteral(table)} THEN ARRAY[${list}]`];
}).join(' ')} ELSE '{}'::text[] END`;

/** Entries older than `$1` days that hold the value of a personal column. An entry that says a text was blanked holds none. */
export const OLD_CHANGES = `l.at < now() - make_interval(days => $1)
  AND (l.before ?| (${PERSONAL_OF_TABLE}) OR EXISTS (
    SELECT FROM jsonb_each(l.after) AS a WHERE a.key = ANY (${PERSONAL_OF_TABLE}) AND a.value NOT IN ('null', '""')
  ))`;

interface Options extends Omit<SessionOptions, 'mode'> {
  ledgerDays: number;
  onProgress(text: string): void;
}

/** Takes personal values out of old entries of the ledger; the rest of them stays. Returns how many were changed. */
export async function forgetOldChanges(pool: Pool, run: WritingRun, options: Options): Promise<number> {
  let done = 0;
  for (;;) {
    await run.verify();
    const changed = await inSession(pool, { ...options, mode: 'write' }, async (session) => {
      const { rowCount } = await session.query(
        `WITH old AS MATERIALIZED (
           SELECT l.id FROM ops.change_log l WHERE ${OLD_CHANGES} ORDER BY l.id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
         )
         UPDATE ops.change_log l SET before = l.before - (${PERSONAL_OF_TABLE}), after = l.after - (${PERSONAL_OF_TABLE})
         FROM old WHERE l.id = old.id`,
        [options.ledgerDays],
      );
      return rowCount ?? 0;
    }).catch(couldNot('take personal values out of the ledger', options.signal));
    done += changed;
    options.onProgress(`Forgetting old changes (${done})`);
    if (changed < BATCH) return done;
  }
}
