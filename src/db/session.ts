import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { cancelBackend } from './cancel.js';
import { connectionError } from './connection-error.js';
import { isConnectionLost, sqlState } from './errors.js';
import { connect, type Pool } from './pool.js';
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

/** Read ahead of whoever takes the rows of a COPY. */
const COPY_BUFFER_BYTES = 256 * 1024;

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
  const client = await connect(pool, signal);
  let lost: unknown;
  const onError = (error: unknown) => {
    lost ??= error;
  };
  client.on('error', onError);
  let isEnded = false;
  let pid = 0;
  let cancelled: Promise<void> | undefined;
  const cancel = async () => {
    // Where it cannot be asked, the connection is cut: the server notices within a second and stops by itself.
    if (!(await cancelBackend(pool, pid)) && client instanceof pg.Client) client.end().catch(() => undefined);
  };
  const onAbort = () => {
    cancelled = cancel();
  };
  const release = () => {
    client.off('error', onError);
    signal?.removeEventListener('abort', onAbort);
    client.release(lost !== undefined);
  };
  const query: Session['query'] = async (text, values, how) => {
    signal?.throwIfAborted();
    const name = how === 'repeated' && isDirect(client, pid) ? { name: nameOf(text) } : {};
    try {
      return await client.query({ ...name, text, values: values === undefined ? [] : [...values] });
    } catch (error) {
      // What the server said when it ended the connection says more than that the connection has ended.
      if (isConnectionLost(error)) lost ??= error;
      signal?.throwIfAborted();
      throw lost ?? error;
    }
  };
  let isCopying = false;
  const copyOut = async function* (text: string): AsyncGenerator<Buffer> {
    signal?.throwIfAborted();
    isCopying = true;
    try {
      for await (const chunk of client.query(copyTo(text, { highWaterMark: COPY_BUFFER_BYTES }))) yield chunk;
      isCopying = false;
    } catch (error) {
      if (isConnectionLost(error)) lost = error;
      isCopying = sqlState(error) === undefined; // an answer of the server has ended the COPY
      signal?.throwIfAborted();
      throw error;
    }
  };
  try {
    pid = await beginTransaction(client, pool, options);
  } catch (error) {
    lost = error; // a transaction that could not be set up is thrown away with its connection
    release();
    throw sqlState(error) === undefined ? connectionError(error, pool.url) : error;
  }
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    pid,
    query,
    copyOut,
    async end(how) {
      if (isEnded) return; // a lost session is ended when it is replaced, and again with its snapshot
      isEnded = true;
      if (isCopying) lost ??= new Error('left half way through a COPY'); // nothing can be asked behind its rows
      // The connection is somebody else's soon, and a cancellation on its way would hit what runs there by then.
      await cancelled;
      try {
        if (lost === undefined) await finish(client, how);
        // It may have gone between the last statement and now: nothing is committed then, and nobody must think so.
        else if (how === 'commit') throw lost;
      } catch (error) {
        lost = error;
        if (how === 'commit') throw error;
      } finally {
        release();
      }
    },
  };
}

/** The server answers COMMIT with ROLLBACK, and with no error, where a statement of the transaction had failed. */
async function finish(client: pg.PoolClient, how: 'commit' | 'rollback'): Promise<void> {
  const { command } = await client.query(how === 'commit' ? 'COMMIT' : 'ROLLBACK');
  if (how === 'commit' && command !== 'COMMIT') throw new Error('a transaction was to be committed that had failed');
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

/**
 * No pooler is in between that gives each transaction another connection, on which nothing is prepared. One makes up the
 * process id that it tells its clients.
 */
export function isDirect(client: pg.PoolClient, pid: number): boolean {
  return 'processID' in client && client.processID === pid;
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  const name = names.get(text) ?? `smsfood_${names.size}`;
  names.set(text, name);
  return name;
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
