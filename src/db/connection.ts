import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { cancelBackend } from './cancel.js';
import { isConnectionLost, sqlState } from './errors.js';
import { connect, type Pool } from './pool.js';
import type { Session } from './session.js';

/** A connection of the pool while a transaction has it. */
export interface Connection {
  readonly client: pg.PoolClient;
  /** Process id of the server's side; 0 until the transaction has begun. */
  pid: number;
  /** Why nothing can be asked on it any more; undefined while it can. */
  lost: unknown;
  /** True also where the reader of a COPY has left it half way. */
  isCopying: boolean;
  /** Gives it back to the pool, which closes it where it is lost. */
  release(): void;
}

/** A connection that notes when it is lost. Rejects as `connect` does, and where the signal is aborted. */
export async function takeConnection(pool: Pool, signal: AbortSignal | undefined): Promise<Connection> {
  const client = await connect(pool, signal);
  const onError = (error: unknown) => {
    connection.lost ??= error;
  };
  client.on('error', onError);
  const connection: Connection = {
    client,
    pid: 0,
    lost: undefined,
    isCopying: false,
    release() {
      client.off('error', onError);
      client.release(connection.lost !== undefined);
    },
  };
  return connection;
}

/** Stops what runs there. Where the server cannot be asked, the connection is cut: it notices within a second and stops by itself. */
export async function cancel(pool: Pool, { client, pid }: Connection): Promise<void> {
  if (!(await cancelBackend(pool, pid)) && client instanceof pg.Client) client.end().catch(() => undefined);
}

/** Statements of the transaction, as `Session.query` has them. */
export function queryOn(connection: Connection, signal: AbortSignal | undefined): Session['query'] {
  const { client, pid } = connection;
  return async (text, values, how) => {
    signal?.throwIfAborted();
    const name = how === 'repeated' && isDirect(client, pid) ? { name: nameOf(text) } : {};
    try {
      return await client.query({ ...name, text, values: values === undefined ? [] : [...values] });
    } catch (error) {
      // What the server said when it ended the connection says more than that the connection has ended.
      if (isConnectionLost(error)) connection.lost ??= error;
      signal?.throwIfAborted();
      throw connection.lost ?? error;
    }
  };
}

/** Read ahead of whoever takes the rows of a COPY. */
const COPY_BUFFER_BYTES = 256 * 1024;

/** The rows of a COPY of the transaction, as `Session.copyOut` has them. */
export function copyOn(connection: Connection, signal: AbortSignal | undefined): Session['copyOut'] {
  return async function* (text) {
    signal?.throwIfAborted();
    connection.isCopying = true;
    try {
      for await (const chunk of connection.client.query(copyTo(text, { highWaterMark: COPY_BUFFER_BYTES })))
        yield chunk;
      connection.isCopying = false;
    } catch (error) {
      if (isConnectionLost(error)) connection.lost = error;
      connection.isCopying = sqlState(error) === undefined; // an answer of the server has ended the COPY
      signal?.throwIfAborted();
      throw error;
    }
  };
}

/** Ends the transaction. What was to be committed and is not, or not for sure, is thrown. */
export async function finish(connection: Connection, how: 'commit' | 'rollback'): Promise<void> {
  if (connection.isCopying) connection.lost ??= new Error('left half way through a COPY'); // nothing can be asked behind its rows
  try {
    if (connection.lost === undefined) await conclude(connection.client, how);
    // It may have gone between the last statement and now: nothing is committed then, and nobody must think so.
    else if (how === 'commit') throw connection.lost;
  } catch (error) {
    connection.lost = error;
    if (how === 'commit') throw error;
  }
}

/** The server answers COMMIT with ROLLBACK, and with no error, where a statement of the transaction had failed. */
async function conclude(client: pg.PoolClient, how: 'commit' | 'rollback'): Promise<void> {
  const { command } = await client.query(how === 'commit' ? 'COMMIT' : 'ROLLBACK');
  if (how === 'commit' && command !== 'COMMIT') throw new Error('a transaction was to be committed that had failed');
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
