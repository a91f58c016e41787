import pg from 'pg';
import type { Pool } from './pool.js';

/** Asks the server to stop what a session of ours runs, over a connection of its own. False where it cannot be asked. */
export async function cancelBackend(pool: Pool, pid: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: pool.url.connectionString,
    connectionTimeoutMillis: 3000,
    query_timeout: 3000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT pg_cancel_backend($1)', [pid]);
    return true;
  } catch {
    return false;
  } finally {
    void client.end().catch(() => undefined);
  }
}
