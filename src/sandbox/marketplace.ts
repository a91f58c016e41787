import type pg from 'pg';
import { type Generation, readLiveSchema } from '../db/catalog.js';
import { couldNot } from '../db/errors.js';
import { platformMigrations } from '../db/migrations.js';
import { connect, type Pool } from '../db/pool.js';
import { type Access, inSession, type Session } from '../db/session.js';
import type { SeedOptions } from './seed/options.js';
import { type SeedProgress, type SeedSummary, seedMarketplace } from './seed/seed-marketplace.js';

/** Creates the platform's tables where there are none yet. */
export async function ensurePlatform(pool: Pool, access: Access): Promise<void> {
  const isThere = await inSession(pool, { ...access, mode: 'read' }, async (session) =>
    (await readLiveSchema(session, 'public')).has('orders'),
  );
  if (!isThere) await createPlatform(pool, 'production', access);
}

/** How many orders there are; the sandbox's tables must exist. */
export async function countOrders(pool: Pool, access: Access): Promise<number> {
  return inSession(pool, { ...access, mode: 'read' }, async (session) => {
    const { rows } = await session.query<{ count: number }>('SELECT count(*) AS count FROM orders');
    return rows[0]?.count ?? 0;
  });
}

/** Replaces the platform's tables by empty ones. For the sandbox only: what was in them is gone. */
async function createPlatform(pool: Pool, generation: Generation, access: Access): Promise<void> {
  await inSession(pool, { ...access, mode: 'write' }, async (session) => {
    await emptyOps(session);
    await session.query('DROP SCHEMA IF EXISTS public CASCADE');
    await session.query('CREATE SCHEMA public');
    for (const { sql } of platformMigrations(generation)) await session.query(sql);
  });
}

/** Its history, watermarks and summaries are those of rows that go: an incremental run would take them for seen. */
async function emptyOps(session: Session): Promise<void> {
  const { rows } = await session.query<{ tables: string | null }>(
    `SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') AS tables
     FROM pg_tables WHERE schemaname = 'ops' AND tablename <> 'migrations'`,
  );
  const tables = rows[0]?.tables ?? null;
  if (tables !== null) await session.query(`TRUNCATE ${tables}`);
}

/** Replaces what is in the sandbox by a new marketplace. Interrupted, the tables are empty. */
export async function seedSandbox(
  pool: Pool,
  generation: Generation,
  options: SeedOptions,
  access: Access,
  progress: (done: SeedProgress) => void,
): Promise<SeedSummary> {
  let client: pg.PoolClient | undefined;
  try {
    await createPlatform(pool, generation, access);
    client = await connect(pool);
    return await seedMarketplace(client, options, progress, access.signal);
  } catch (error) {
    return couldNot('seed the sandbox', access.signal)(error);
  } finally {
    client?.release(true);
  }
}
