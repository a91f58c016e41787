import pg from 'pg';
import { connectionError } from './connection-error.js';
import { TYPES } from './types.js';
import { type DatabaseUrl, withoutTls } from './url.js';

export interface PoolSettings {
  /** Shown in pg_stat_activity: `smsfood/<command>/<runId>`. */
  applicationName: string;
  connectTimeoutMs: number;
  max: number;
}

/** A pool that has been reached once. Trouble while connecting is thrown as a sentence with a stable code. */
export interface Pool {
  url: DatabaseUrl;
  pg: pg.Pool;
  connectTimeoutMs: number;
}

/** Opens a pool and proves that it can be reached. With `sslmode=prefer`, falls back to plain text as libpq does. */
export async function openPool(url: DatabaseUrl, settings: PoolSettings, signal?: AbortSignal): Promise<Pool> {
  let latest: pg.Client | undefined;
  class Client extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super(config);
      latest = this;
    }
  }
  const pool = createPool(url, settings, Client);
  try {
    const first = await untilAborted(pool.pg.connect(), signal, (client) => client.release(true));
    first.release();
    return pool;
  } catch (error) {
    // A pool forgets a connection that failed without closing it, and one that is left half way through its log-in holds
    // up every DROP DATABASE on the server for a minute. Neither is awaited: nobody may answer.
    latest?.end().catch(() => undefined);
    void pool.pg.end();
    signal?.throwIfAborted();
    if (url.tlsOptional && error instanceof Error && /does not support SSL/.test(error.message)) {
      return openPool(withoutTls(url), settings, signal);
    }
    throw connectionError(error, url);
  }
}

function createPool(url: DatabaseUrl, settings: PoolSettings, Client: new () => pg.Client): Pool {
  const pool = new pg.Pool({
    connectionString: url.connectionString,
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    max: settings.max,
    types: TYPES,
    keepAlive: true,
    allowExitOnIdle: true,
    Client,
  });
  // An idle connection that the server closes is not an error by itself: the next use opens another.
  pool.on('error', () => undefined);
  return { url, pg: pool, connectTimeoutMs: settings.connectTimeoutMs };
}

/** A connection of the pool, with trouble translated. Rejects with the signal's reason as soon as it is aborted. */
export async function connect(pool: Pool, signal?: AbortSignal): Promise<pg.PoolClient> {
  try {
    return await untilAborted(pool.pg.connect(), signal, (client) => client.release(true));
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(error, pool.url);
  }
}

/** The value of a promise, unless the signal is aborted first; a value that then still comes goes to `tooLate`. */
async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  tooLate: (value: T) => void,
): Promise<T> {
  if (signal === undefined) return promise;
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, aborted]);
  } catch (error) {
    promise.then(tooLate).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
