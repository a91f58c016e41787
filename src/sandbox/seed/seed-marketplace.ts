import pg from 'pg';
import { SmsfoodError } from '../../errors.js';
import { copyRows } from './copy-rows.js';
import { applyDamage } from './damage/index.js';
import { dropForeignKeys } from './foreign-keys.js';
import { readGeneration } from './generation.js';
import { refuseImpossible, type SeedOptions } from './options.js';
import { TABLES } from './tables/index.js';
import { makeWorld } from './world.js';

export interface SeedSummary {
  /** Rows that the clean load wrote, by table. */
  tables: Record<string, number>;
  /** What was then broken on purpose, in that order, and how many rows each touched. */
  damage: { id: string; rows: number }[];
}

export interface SeedProgress {
  table: string;
  rows: number;
  of: number;
}

/**
 * Fills the platform's empty tables with a marketplace, of either generation. One transaction: interrupted or failed, the
 * database is as it was. The same options give the same rows, byte for byte.
 */
export async function seedMarketplace(
  client: pg.ClientBase,
  options: SeedOptions,
  progress: (done: SeedProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<SeedSummary> {
  refuseImpossible(options);
  signal?.throwIfAborted();
  await client.query('BEGIN');
  try {
    const summary = await fill(client, options, progress, signal);
    signal?.throwIfAborted();
    await client.query('COMMIT');
    return summary;
  } catch (error) {
    // A lost connection cannot roll back, nor does it need to; the first error is the one to report.
    await client.query('ROLLBACK').catch(() => {});
    signal?.throwIfAborted();
    throw error;
  }
}

async function fill(
  client: pg.ClientBase,
  options: SeedOptions,
  progress: (done: SeedProgress) => void,
  signal?: AbortSignal,
): Promise<SeedSummary> {
  const names = TABLES.map(({ name }) => name);
  // The session's time-outs are meant for statements on a running system.
  await client.query(
    `SET LOCAL statement_timeout = 0; SET LOCAL TimeZone = 'UTC'; SET LOCAL maintenance_work_mem = '128MB'`,
  );
  await claimEmptyTables(client, names);
  const world = makeWorld(options, await readGeneration(client));
  const restore = await dropForeignKeys(client, names);
  const tables: Record<string, number> = {};
  for (const { name, columns, expected, rows } of TABLES) {
    const of = expected(world);
    const onRows = (done: number) => progress({ table: name, rows: done, of: Math.max(done, of) });
    tables[name] = await copyRows(client, name, columns(world.generation), rows(world), onRows, signal);
  }
  for (const statement of restore) {
    signal?.throwIfAborted();
    await client.query(statement);
  }
  const analyze = `ANALYZE ${names.map(pg.escapeIdentifier).join(', ')}`;
  await client.query(analyze);
  const damage = await applyDamage(client, options, signal);
  if (damage.length > 0) await client.query(analyze);
  return { tables, damage };
}

/** Locks first and looks then, so that no row can slip in between; the truncation of nothing is what COPY FREEZE asks for. */
async function claimEmptyTables(client: pg.ClientBase, names: readonly string[]): Promise<void> {
  const list = names.map(pg.escapeIdentifier).join(', ');
  await client.query(`LOCK TABLE ${list} IN ACCESS EXCLUSIVE MODE`);
  for (const name of names) {
    const { rowCount } = await client.query(`SELECT FROM ${pg.escapeIdentifier(name)} LIMIT 1`);
    if (rowCount !== 0)
      throw new SmsfoodError('USAGE', `Table ${name} is not empty; nothing was seeded`, 'Seed an empty database.');
  }
  await client.query(`TRUNCATE ${list}`);
}
