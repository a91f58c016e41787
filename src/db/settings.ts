import pg from 'pg';
import type { Pool } from './pool.js';
import type { SessionOptions } from './session.js';

/** Sets for one transaction what every session keeps to, and selects the `pid` of the server's side. */
export function settingsStatement(
  pool: Pool,
  { limits, isRepeatable }: Pick<SessionOptions, 'limits' | 'isRepeatable'>,
): string {
  const values = {
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    search_path: pg.escapeIdentifier(pool.url.schema),
    statement_timeout: String(limits.statementTimeoutMs),
    lock_timeout: String(limits.lockTimeoutMs),
    idle_in_transaction_session_timeout: String(limits.idleInTransactionTimeoutMs),
    work_mem: limits.workMem,
    ...(limits.parallelWorkers === undefined
      ? {}
      : { max_parallel_workers_per_gather: String(limits.parallelWorkers) }),
    ...(isRepeatable === true ? { synchronous_commit: 'off' } : {}),
    jit: 'off', // compiling a wide aggregate costs more than it saves here
  };
  const set = Object.entries(values).map(
    ([name, value]) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, true)`,
  );
  // A killed smsfood leaves no statement running. Only Linux servers can watch their clients; others refuse any value but 0.
  const watch = `CASE WHEN version() LIKE '%linux%' THEN set_config('client_connection_check_interval', '1s', true) END`;
  // One column, however many settings: each would be described and read for nothing.
  return `SELECT pg_backend_pid() AS pid, concat(${[...set, watch].join(', ')}) AS settings`;
}
