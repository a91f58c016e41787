import pg from 'pg';
import { connectionError } from './errors.js';
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
  const pool = createPool(url, settings);
  try {
    (await untilAborted(pool.pg.connect(), signal)).release();
    return pool;
  } catch (error) {
    void pool.pg.end(); // not awaited: it would wait for a connection that nobody answers
    signal?.throwIfAborted();
    if (url.tlsOptional && error instanceof Error && /does not support SSL/.test(error.message)) {
      return openPool(withoutTls(url), settings, signal);
    }
    throw connectionError(error, url);
  }
}

function createPool(url: DatabaseUrl, settings: PoolSettings): Pool {
  const pool = new pg.Pool({
    connectionString: url.connectionString,
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    max: settings.max,
    types: TYPES,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // An idle connection that the server closes is not an error by itself: the next use opens another.
  pool.on('error', () => undefined);
  return { url, pg: pool, connectTimeoutMs: settings.connectTimeoutMs };
}

/** A connection of the pool, with trouble translated. Rejects with the signal's reason as soon as it is aborted. */
export async function connect(pool: Pool, signal?: AbortSignal): Promise<pg.PoolClient> {
  try {
    return await untilAborted(pool.pg.connect(), signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(error, pool.url);
  }
}

/** A connection that comes too late is closed at once. */
async function untilAborted(
  connecting: Promise<pg.PoolClient>,
  signal: AbortSignal | undefined,
): Promise<pg.PoolClient> {
  if (signal === undefined) return connecting;
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([connecting, aborted]);
  } catch (error) {
    connecting.then((client) => client.release(true)).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
