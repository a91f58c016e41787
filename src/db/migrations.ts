import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { SmsfoodError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import type { Generation } from './catalog.js';
import { couldNot } from './errors.js';
import type { Pool } from './pool.js';
import { inSession, type Session, type SessionOptions } from './session.js';

export interface Migration {
  name: string;
  sql: string;
  /** sha256 of the file. */
  checksum: string;
}

export interface OpsStatus {
  installed: boolean;
  applied: { name: string; appliedAt: string }[];
  pending: string[];
  /** Migrations whose file is not what was applied, or is gone. */
  changed: string[];
}

/** Key of the advisory lock that keeps two installations apart: the first eight bytes of sha256('smsfood db'). */
const LOCK_KEY = '5217853940217744981';

/** The migrations of schema `ops`, in order. */
export function opsMigrations(): Migration[] {
  return readMigrations('ops');
}

/** The platform's own DDL, for the sandbox and tests: production, or with the newer generation on top. */
export function platformMigrations(generation: Generation): Migration[] {
  const all = readMigrations('platform');
  return generation === 'newer' ? all : all.slice(0, 1);
}

function readMigrations(folder: string): Migration[] {
  const directory = join(packageRoot(), 'prisma', 'migrations', folder);
  return readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(directory, name), 'utf8');
      return { name: name.slice(0, -4), sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/** What of schema `ops` is there. Needs no more than SELECT. */
export async function opsStatus(
  pool: Pool,
  options: Omit<SessionOptions, 'mode'>,
  migrations: Migration[] = opsMigrations(),
): Promise<OpsStatus> {
  return inSession(pool, { ...options, mode: 'read' }, (session) => readStatus(session, migrations)).catch(
    couldNot('read the schema ops', options.signal),
  );
}

async function readStatus(session: Session, migrations: Migration[]): Promise<OpsStatus> {
  const applied = await appliedMigrations(session);
  if (applied === null)
    return { installed: false, applied: [], pending: migrations.map(({ name }) => name), changed: [] };
  const names = new Set(applied.map(({ name }) => name));
  return {
    installed: true,
    applied: applied.map(({ name, applied_at }) => ({ name, appliedAt: applied_at })),
    pending: migrations.filter(({ name }) => !names.has(name)).map(({ name }) => name),
    changed: changedMigrations(applied, migrations),
  };
}

/** The tables of schema `ops` with their exact numbers of rows: what would be lost without it. */
export async function opsTables(
  pool: Pool,
  options: Omit<SessionOptions, 'mode'>,
): Promise<{ name: string; rows: number }[]> {
  const count = async (session: Session) => {
    const { rows: tables } = await session.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'ops' AND c.relkind = 'r' AND c.relname <> 'migrations' ORDER BY 1`,
    );
    const counted: { name: string; rows: number }[] = [];
    for (const { name } of tables) {
      const { rows } = await session.query<{ count: number }>(
        `SELECT count(*) AS count FROM ops.${pg.escapeIdentifier(name)}`,
      );
      counted.push({ name, rows: rows[0]?.count ?? 0 });
    }
    return counted;
  };
  return inSession(pool, { ...options, mode: 'read' }, count).catch(
    couldNot('count the rows of the schema ops', options.signal),
  );
}

/**
 * Creates or completes schema `ops` in one transaction, under a lock. Doing it again changes nothing.
 * Returns the names of the migrations that were applied.
 */
export async function installOps(
  pool: Pool,
  options: Omit<SessionOptions, 'mode'>,
  migrations: Migration[] = opsMigrations(),
): Promise<string[]> {
  return inSession(pool, { ...options, mode: 'write' }, async (session) => {
    await takeLock(session);
    const applied = (await appliedMigrations(session)) ?? (await createMigrationTable(session));
    const changed = changedMigrations(applied, migrations);
    if (changed.length > 0) {
      throw new SmsfoodError(
        'MIGRATION_CHANGED',
        `The schema ops was made by other migrations than these: ${changed.join(', ')}.`,
        'Use the version of smsfood that made it, or a newer one; `smsfood db status` shows both.',
      );
    }
    const names = new Set(applied.map(({ name }) => name));
    const pending = migrations.filter(({ name }) => !names.has(name));
    for (const migration of pending) {
      await session.query(migration.sql);
      await session.query('INSERT INTO ops.migrations (name, checksum) VALUES ($1, $2)', [
        migration.name,
        migration.checksum,
      ]);
    }
    return pending.map(({ name }) => name);
  }).catch(couldNot('install the schema ops', options.signal));
}

/** Drops schema `ops` with everything in it. */
export async function uninstallOps(pool: Pool, options: Omit<SessionOptions, 'mode'>): Promise<void> {
  await inSession(pool, { ...options, mode: 'write' }, async (session) => {
    await takeLock(session);
    await session.query('DROP SCHEMA ops CASCADE');
  }).catch(couldNot('remove the schema ops', options.signal));
}

async function takeLock(session: Session): Promise<void> {
  const { rows } = await session.query<{ locked: boolean }>('SELECT pg_try_advisory_xact_lock($1::int8) AS locked', [
    LOCK_KEY,
  ]);
  if (rows[0]?.locked === true) return;
  throw new SmsfoodError(
    'LOCKED',
    'Another smsfood is installing or removing the schema ops right now.',
    'Wait for it, then run this again.',
  );
}

interface Applied {
  name: string;
  checksum: string;
  applied_at: string;
}

/** Null where the schema is not installed. */
async function appliedMigrations(session: Session): Promise<Applied[] | null> {
  const { rows } = await session.query<{ exists: boolean }>(
    `SELECT to_regclass('ops.migrations') IS NOT NULL AS exists`,
  );
  if (rows[0]?.exists !== true) return null;
  return (await session.query<Applied>('SELECT name, checksum, applied_at FROM ops.migrations ORDER BY name')).rows;
}

async function createMigrationTable(session: Session): Promise<Applied[]> {
  await session.query(`
    CREATE SCHEMA ops;
    COMMENT ON SCHEMA ops IS 'Tables of smsfood, the operations toolkit. Removed by smsfood db uninstall --apply.';
    CREATE TABLE ops.migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz(3) NOT NULL DEFAULT now());
    COMMENT ON TABLE ops.migrations IS 'Which migrations made this schema.';
    COMMENT ON COLUMN ops.migrations.name IS 'File name without its ending.';
    COMMENT ON COLUMN ops.migrations.checksum IS 'sha256 of the file as it was applied.';
    COMMENT ON COLUMN ops.migrations.applied_at IS 'When it was applied.'`);
  return [];
}

function changedMigrations(applied: readonly Applied[], migrations: readonly Migration[]): string[] {
  return applied
    .filter(({ name, checksum }) => migrations.find((each) => each.name === name)?.checksum !== checksum)
    .map(({ name }) => name);
}
