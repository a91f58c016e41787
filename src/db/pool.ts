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
}

/** Opens a pool and proves that it can be reached. With `sslmode=prefer`, falls back to plain text as libpq does. */
export async function openPool(url: DatabaseUrl, settings: PoolSettings): Promise<Pool> {
  const pool = createPool(url, settings);
  try {
    (await pool.pg.connect()).release();
    return pool;
  } catch (error) {
    await pool.pg.end();
    if (url.tlsOptional && error instanceof Error && /does not support SSL/.test(error.message)) {
      return openPool(withoutTls(url), settings);
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
  return { url, pg: pool };
}

/** A connection of the pool, with trouble translated. */
export async function connect(pool: Pool): Promise<pg.PoolClient> {
  try {
    return await pool.pg.connect();
  } catch (error) {
    throw connectionError(error, pool.url);
  }
}
