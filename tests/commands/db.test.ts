import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { installOps, type Migration, opsMigrations, opsStatus } from '../../src/db/migrations.js';
import { LIMITS, poolOf } from '../db/pool.js';
import { cloneDatabase, onServer, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
beforeEach(async () => {
  await database.query('DROP SCHEMA IF EXISTS ops CASCADE');
});
afterAll(() => database.drop());

const names = opsMigrations().map(({ name }) => name);
const db = (...argv: string[]) => smsfood(['db', ...argv], { env: { DATABASE_URL: database.url } });

/** Everything that schema ops and the platform's own consist of. */
async function inventory(schema: string): Promise<string[]> {
  const { rows } = await database.query<{ object: string }>(
    `SELECT c.relkind::text || ' ' || c.relname AS object FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 ORDER BY 1`,
    [schema],
  );
  return rows.map(({ object }) => object);
}

async function hasOps(): Promise<boolean> {
  return ((await database.query(`SELECT FROM pg_namespace WHERE nspname = 'ops'`)).rowCount ?? 0) > 0;
}

async function createRole(grants: (role: string) => string): Promise<string> {
  const role = `smsfood_test_${randomBytes(6).toString('hex')}`;
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'; ${grants(role)}`);
  onTestFinished(async () => {
    await database.query(`DROP OWNED BY ${role}`);
    await onServer(inject('serverUrl'), (client) => client.query(`DROP ROLE ${role}`));
  });
  return database.urlFor(role, 'x');
}

describe('db install', () => {
  it('creates the schema once, and says what it did', async () => {
    const platform = await inventory('public');
    expect(await db('install')).toEqual({
      code: 0,
      stderr: '',
      stdout: `Applied to the schema ops: ${names.join(', ')}.\n`,
    });
    const ops = await inventory('ops');
    expect(ops).toEqual(expect.arrayContaining(['r check_results', 'r migrations', 'r runs']));
    const { rows: before } = await database.query('SELECT * FROM ops.migrations');
    expect(await db('install')).toEqual({ code: 0, stderr: '', stdout: 'The schema ops is up to date.\n' });
    expect(await inventory('ops')).toEqual(ops);
    expect((await database.query('SELECT * FROM ops.migrations')).rows).toEqual(before);
    expect(await inventory('public')).toEqual(platform);
  });

  it('explains every table and column in the database itself', async () => {
    await db('install');
    const { rows } = await database.query(
      `SELECT c.relname || coalesce('.' || a.attname, '') AS object
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN LATERAL (SELECT 0 AS attnum, NULL AS attname UNION ALL
         SELECT attnum, attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS a ON true
       WHERE n.nspname = 'ops' AND c.relkind IN ('r', 'p', 'v', 'm') AND coalesce(col_description(c.oid, a.attnum), obj_description(c.oid, 'pg_class')) IS NULL
          OR n.nspname = 'ops' AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL`,
    );
    expect(rows).toEqual([]);
    expect((await database.query(`SELECT obj_description('ops'::regnamespace) AS comment`)).rows[0]).toEqual({
      comment: expect.stringContaining('smsfood'),
    });
  });

  it('by two at once is done by one of them', async () => {
    const outcomes = await Promise.all([db('install'), db('install'), db('install')]);
    const applied = outcomes.filter(({ stdout }) => stdout.startsWith('Applied'));
    expect(applied).toHaveLength(1);
    for (const { code, stdout, stderr } of outcomes) {
      if (code !== 0)
        expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: '', stderr: expect.stringContaining('[LOCKED]') });
      else expect(stdout).toMatch(/^(?:Applied|The schema ops is up to date)/);
    }
    expect((await database.query('SELECT FROM ops.migrations')).rowCount).toBe(names.length);
  });

  it('waits for nobody: while another one holds the lock it is LOCKED', async () => {
    const other = await database.connect();
    const holder = await lockKeyOf(() => db('install'));
    await database.query('DROP SCHEMA ops CASCADE');
    await other.query('BEGIN');
    await other.query('SELECT pg_advisory_xact_lock($1)', [holder]);
    const { code, stdout, stderr } = await db('install');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^error: Another smsfood is installing or removing the schema ops right now\. \[LOCKED\]\n/);
    expect(await hasOps()).toBe(false);
    await other.query('ROLLBACK');
    expect((await db('install')).code).toBe(0);
  });

  it('applies all or nothing', async () => {
    const pool = await poolOf(database.url);
    const broken: Migration[] = [
      ...opsMigrations(),
      { name: '9999_broken', sql: 'CREATE TABLE ops.half (); SELECT 1/0', checksum: 'x' },
    ];
    await expect(installOps(pool, { limits: LIMITS }, broken)).rejects.toMatchObject({
      code: 'DB_QUERY_FAILED',
      exitCode: 3,
    });
    expect(await hasOps()).toBe(false);
    await db('install');
    const before = await inventory('ops');
    await expect(installOps(pool, { limits: LIMITS }, broken)).rejects.toMatchObject({ code: 'DB_QUERY_FAILED' });
    expect(await inventory('ops')).toEqual(before);
  });

  it('completes an older one', async () => {
    const pool = await poolOf(database.url);
    await db('install');
    const next: Migration[] = [
      ...opsMigrations(),
      { name: '9999_next', sql: 'CREATE TABLE ops.next (id integer)', checksum: 'abc' },
    ];
    expect((await opsStatus(pool, { limits: LIMITS }, next)).pending).toEqual(['9999_next']);
    expect(await installOps(pool, { limits: LIMITS }, next)).toEqual(['9999_next']);
    expect(await inventory('ops')).toContain('r next');
    // This version does not know that migration: it is somebody else's schema now.
    expect(await db('status')).toMatchObject({ code: 3, stdout: expect.stringContaining('changed') });
  });

  it('refuses a schema that was made by other migrations', async () => {
    await db('install');
    await database.query(`UPDATE ops.migrations SET checksum = 'tampered' WHERE name = $1`, [names[0]]);
    const { code, stdout, stderr } = await db('install');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(
        `^error: The schema ops was made by other migrations than these: ${names[0]}\\. \\[MIGRATION_CHANGED\\]\n`,
      ),
    );
    const status = await db('status', '--format', 'json');
    expect(status.code).toBe(3);
    expect(JSON.parse(status.stdout)).toMatchObject({ installed: true, changed: [names[0]], pending: [] });
  });

  it('touches no schema ops that is not its own', async () => {
    await database.query(
      'CREATE SCHEMA ops; CREATE TABLE ops.tickets (id integer); INSERT INTO ops.tickets VALUES (1)',
    );
    const { code, stderr } = await db('install');
    expect(code).toBe(3);
    expect(stderr).toMatch(/schema "ops" already exists.* \[DB_QUERY_FAILED\]/);
    expect(await inventory('ops')).toEqual(['r tickets']);
    expect(await db('uninstall', '--apply')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to remove'),
    });
    expect((await database.query('SELECT FROM ops.tickets')).rowCount).toBe(1);
  });

  it('without the privilege changes nothing', async () => {
    const url = await createRole((role) => `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    const { code, stdout, stderr } = await smsfood(['db', 'install'], { env: { DATABASE_URL: url } });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /^error: The database does not allow it; .*permission denied for database.* \[DB_PERMISSION\]\n/,
    );
    expect(await hasOps()).toBe(false);
  });

  it('goes to DIRECT_URL, not through the pooler', async () => {
    const env = {
      DATABASE_URL: 'postgresql://127.0.0.1:1/pooler',
      DIRECT_URL: database.url,
      REPLICA_URL: 'postgresql://127.0.0.1:1/replica',
    };
    expect(await smsfood(['db', 'install'], { env })).toMatchObject({ code: 0, stderr: '' });
    expect(await smsfood(['db', 'status'], { env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('up to date'),
    });
  });
});

describe('db status', () => {
  it('tells what is missing, installed, incomplete', async () => {
    const document = async () => JSON.parse((await db('status', '--format', 'json')).stdout);
    expect(await document()).toMatchObject({
      schema: 'smsfood.db-status/1',
      installed: false,
      applied: [],
      pending: names,
      changed: [],
    });
    expect(await db('status')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('smsfood db install'),
    });
    await db('install');
    const status = await document();
    expect(status).toMatchObject({ installed: true, pending: [], changed: [] });
    expect(status.applied.map(({ name }: { name: string }) => name)).toEqual(names);
    expect(Math.abs(Date.parse(status.applied[0].appliedAt) - Date.now())).toBeLessThan(60_000);
    await database.query('DELETE FROM ops.migrations WHERE name = $1', [names.at(-1)]);
    expect(await document()).toMatchObject({ installed: true, pending: [names.at(-1)] });
    expect((await db('status')).stdout).toContain('Incomplete');
  });

  it('is trouble in words for a role that may not look', async () => {
    await db('install');
    const url = await createRole((role) => `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    for (const argv of [
      ['db', 'status'],
      ['db', 'uninstall'],
      ['check', 'history'],
    ]) {
      const { code, stdout, stderr } = await smsfood(argv, { env: { DATABASE_URL: url } });
      expect({ argv, code, stdout }).toEqual({ argv, code: 3, stdout: '' });
      expect(stderr).toMatch(/^error: .*permission denied for schema ops.* \[DB_PERMISSION\]\n/);
    }
    // Judging needs no history.
    const check = await smsfood(['check', 'customers', '--format', 'json'], { env: { DATABASE_URL: url } });
    expect(check.code).toBe(0);
    expect(JSON.parse(check.stdout).notes).toEqual([expect.stringMatching(/^No history: /)]);
  });
});

describe('db uninstall', () => {
  it('shows what it would remove, and removes it with --apply', async () => {
    const platform = await inventory('public');
    expect(await db('uninstall')).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to remove') });
    await db('install');
    await smsfood(['check', 'customers'], { env: { DATABASE_URL: database.url } });
    const dry = await db('uninstall');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toContain('ops.check_results');
    expect(dry.stdout).toContain('Nothing was changed. Add --apply');
    expect((await database.query('SELECT FROM ops.runs')).rowCount).toBe(1);
    const applied = await db('uninstall', '--apply');
    expect(applied).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Removed the schema ops') });
    expect(await hasOps()).toBe(false);
    expect(await inventory('public')).toEqual(platform);
    expect((await db('install')).code).toBe(0);
  });

  it('counts the rows that would be lost as they are', async () => {
    await db('install');
    await smsfood(['check', 'customers.totals-negative'], { env: { DATABASE_URL: database.url } });
    const { stdout } = await db('uninstall');
    for (const line of ['ops.check_results: 1 rows', 'ops.change_log: 0 rows', 'ops.runs: 1 rows'])
      expect(stdout).toContain(`  ${line}\n`);
  });

  it('by a role that may only read changes nothing', async () => {
    await db('install');
    const url = await createRole(
      (role) => `GRANT USAGE ON SCHEMA ops TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA ops TO ${role}`,
    );
    const { code, stderr } = await smsfood(['db', 'uninstall', '--apply'], { env: { DATABASE_URL: url } });
    expect(code).toBe(3);
    expect(stderr).toContain('[DB_PERMISSION]');
    expect(await hasOps()).toBe(true);
  });
});

/** The key of the advisory lock that a command takes, seen while it holds it. */
async function lockKeyOf(command: () => Promise<unknown>): Promise<string> {
  const blocker = await database.connect();
  // CREATE SCHEMA waits behind this uncommitted one, with the advisory lock taken.
  await blocker.query('BEGIN; CREATE SCHEMA ops');
  const running = command();
  const find = async () => {
    const { rows } = await database.query<{ key: string }>(
      `SELECT ((classid::int8 << 32) | objid::int8)::text AS key FROM pg_locks
       WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows[0]?.key ?? '';
  };
  await expect.poll(find, { timeout: 4_000 }).not.toBe('');
  const key = await find();
  await blocker.query('ROLLBACK');
  await running;
  return key;
}
