import pg from 'pg';
import { cancel, copyOn, finish, queryOn, takeConnection } from './connection.js';
import { connectionError } from './connection-error.js';
import { isConnectionLost, sqlState } from './errors.js';
import type { Pool } from './pool.js';
import { settingsStatement } from './settings.js';

/** Limits under which every session works, in milliseconds where they are times. */
export interface SessionLimits {
  statementTimeoutMs: number;
  lockTimeoutMs: number;
  idleInTransactionTimeoutMs: number;
  workMem: string;
  /** Helpers that the server may give one statement; left to the server where it is not set. */
  parallelWorkers?: number;
}

/** How long work on a database may take, and who may stop it. */
export interface Access {
  limits: SessionLimits;
  signal: AbortSignal;
}

/** One open transaction. */
export interface Session {
  /** Process id of the server's side, which is what pg_cancel_backend takes, behind a pooler too. */
  readonly pid: number;
  /**
   * Runs one statement. Rejects with the signal's reason when the run was interrupted. `repeated` is for one whose text
   * comes back thousands of times: the server parses and plans it once a connection.
   */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    values?: readonly unknown[],
    how?: 'once' | 'repeated',
  ): Promise<pg.QueryResult<Row>>;
  /**
   * Streams what `COPY (…) TO STDOUT` sends, as fast as it is read. Where the reader stops before the end, the connection
   * is cut with the session, and the server stops too.
   */
  copyOut(text: string): AsyncIterable<Buffer>;
  /** Ends the transaction. Reading sessions roll back; a writing one commits unless `rollback` is asked for. */
  end(how: 'commit' | 'rollback'): Promise<void>;
}

export interface SessionOptions {
  mode: 'read' | 'write';
  limits: SessionLimits;
  signal?: AbortSignal | undefined;
  /** For writing: all statements see the instant of the first one, as those of reading sessions do. */
  oneInstant?: boolean | undefined;
  /** For writing: the commit does not wait for the disk. For work that is done again where a crash of the server loses it. */
  isRepeatable?: boolean | undefined;
  /** Identifier from pg_export_snapshot(): the transaction sees exactly what the exporter sees. */
  snapshot?: string | undefined;
}

/**
 * Begins a disciplined transaction: UTC, bounded in time, READ ONLY REPEATABLE READ for reading. All settings are
 * local to the transaction, so that nothing leaks through a pooler in transaction mode, and none is lost there.
 */
export async function beginSession(pool: Pool, options: SessionOptions): Promise<Session> {
  const { signal } = options;
  signal?.throwIfAborted();
  const connection = await takeConnection(pool, signal);
  try {
    connection.pid = await beginTransaction(connection.client, pool, options);
  } catch (error) {
    connection.lost = error; // a transaction that could not be set up is thrown away with its connection
    connection.release();
    throw sqlState(error) === undefined ? connectionError(error, pool.url) : error;
  }
  let cancelled: Promise<void> | undefined;
  const onAbort = () => {
    cancelled = cancel(pool, connection);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  let isEnded = false;
  return {
    pid: connection.pid,
    query: queryOn(connection, signal),
    copyOut: copyOn(connection, signal),
    async end(how) {
      if (isEnded) return; // a lost session is ended when it is replaced, and again with its snapshot
      isEnded = true;
      // The connection is somebody else's soon, and a cancellation on its way would hit what runs there by then.
      await cancelled;
      try {
        await finish(connection, how);
      } finally {
        signal?.removeEventListener('abort', onAbort);
        await cancelled;
        connection.release();
      }
    },
  };
}

/** One round trip, however many settings there are. Returns the process id of the server's side. */
async function beginTransaction(client: pg.PoolClient, pool: Pool, options: SessionOptions): Promise<number> {
  const snapshot =
    options.snapshot === undefined ? [] : [`SET TRANSACTION SNAPSHOT ${pg.escapeLiteral(options.snapshot)}`];
  const text = [begin(options), ...snapshot, settingsStatement(pool, options)].join('; ');
  // A pooler accepts any number of clients and lets them wait here for a connection of the server's.
  const statement = { text, query_timeout: pool.connectTimeoutMs };
  const result: unknown = await client.query(statement);
  const last: unknown = Array.isArray(result) ? result.at(-1) : null;
  const pid = last instanceof pg.Result ? last.rows[0]?.pid : null;
  if (typeof pid !== 'number') throw new Error('the transaction did not say which process serves it');
  return pid;
}

function begin({ mode, oneInstant }: SessionOptions): string {
  if (mode === 'read') return 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
  return `BEGIN ISOLATION LEVEL ${oneInstant === true ? 'REPEATABLE READ' : 'READ COMMITTED'}`;
}

/** Runs a function in one transaction; commits a writing one when it returns, rolls back when it throws. */
export async function inSession<T>(
  pool: Pool,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await beginSession(pool, options);
  let result: T;
  try {
    result = await work(session);
  } catch (error) {
    await session.end('rollback');
    throw error;
  }
  await session.end(options.mode === 'write' ? 'commit' : 'rollback');
  return result;
}

/** Does a part of a transaction that is taken back where it fails, and leaves the transaction usable. */
export async function inSavepoint<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('SAVEPOINT smsfood');
  try {
    const result = await work();
    await session.query('RELEASE SAVEPOINT smsfood');
    return result;
  } catch (error) {
    if (!isConnectionLost(error)) await session.query('ROLLBACK TO SAVEPOINT smsfood');
    throw error;
  }
}
