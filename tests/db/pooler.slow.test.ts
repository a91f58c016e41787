import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { checkFile, temporaryFolder } from '../harness/folder.js';
import { startProgram } from '../harness/process.js';
import { smsfood } from '../harness/run.js';
import { instantsOf, report } from '../report/page.js';
import { insertEvent, succeeded } from '../webhooks/work-world.js';

/** Debian puts it where only root looks. */
const PGBOUNCER = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  .map((folder) => join(folder, 'pgbouncer'))
  .find(existsSync);
const isRoot = process.getuid?.() === 0;
const canRun = PGBOUNCER !== undefined && (!isRoot || spawnSync('id', ['postgres']).status === 0);

// Skipped where PgBouncer is not installed (Debian: apt-get install pgbouncer).
describe.skipIf(!canRun)('through a pooler in transaction mode', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneDatabase();
    await database.query(`SELECT make('orders', jsonb_build_object('totalAmount', 0)) FROM generate_series(1, 3)`);
  });
  afterAll(() => database.drop());

  it('checks run, on one instant', async () => {
    const url = await pooled(database, { default_pool_size: '5' });
    const direct = await smsfood(['check', '--format', 'json', '--as-of', '2026-03-10T15:00:00Z'], {
      env: { DATABASE_URL: database.url },
    });
    const { code, stdout, stderr } = await smsfood(['check', '--format', 'json', '--as-of', '2026-03-10T15:00:00Z'], {
      env: { DATABASE_URL: `${url}?pgbouncer=true` },
    });
    expect({ code, stderr }).toEqual({ code: direct.code, stderr: '' });
    expect(verdicts(stdout)).toEqual(verdicts(direct.stdout));
    expect(JSON.parse(stdout).run.snapshot).toBe('shared');
  });

  it('checks run one after the other where the pool has one connection, and say so', async () => {
    const url = await pooled(database, { default_pool_size: '1' });
    const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify({ database: { connectTimeout: '700ms' } }) });
    const { code, stdout, stderr } = await smsfood(['check', 'orders', '--format', 'json', '--jobs', '2'], {
      env: { DATABASE_URL: url },
      cwd,
    });
    const { run, notes, summary } = JSON.parse(stdout);
    expect({ code, stderr, snapshot: run.snapshot, errors: summary.error }).toEqual({
      code: 1,
      stderr: '',
      snapshot: 'single',
      errors: 0,
    });
    expect(notes).toEqual([expect.stringMatching(/^One connection instead of 2: /)]);
  });

  it.each(['5', '1'])('a report is of one instant, with %s connections of the pool', async (size) => {
    const url = await pooled(database, { default_pool_size: size });
    const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify({ database: { connectTimeout: '700ms' } }) });
    const { code, stderr, page } = await report(database, [], { env: { DATABASE_URL: url }, cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { html, figure } = page();
    const { rows } = await database.query<{ count: string }>('SELECT count(*)::text AS count FROM customers');
    expect(figure('overview.total_customers')).toBe(rows[0]?.count);
    expect(new Set(instantsOf(html)).size).toBe(1);
    expect(html.includes('One connection instead of 2')).toBe(size === '1');
    expect(html).toContain('No trend: the schema ops is not installed');
  });

  it('settings of one transaction do not leak into the next of another client', async () => {
    const url = await pooled(database, { default_pool_size: '1' });
    await smsfood(['check', 'orders', '--jobs', '1'], { env: { DATABASE_URL: url } });
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(
      `SELECT current_setting('statement_timeout') AS timeout, current_setting('transaction_read_only') AS read_only, current_setting('search_path') AS path`,
    );
    await client.end();
    expect(rows).toEqual([{ timeout: '0', read_only: 'off', path: '"$user", public' }]);
  });

  it('doctor sees the pooler and says what to set', async () => {
    const url = await pooled(database, { default_pool_size: '5' });
    const { code, stdout } = await smsfood(['doctor', '--format', 'json'], {
      env: { DATABASE_URL: url, DIRECT_URL: database.url },
    });
    expect(code).toBe(0);
    const { findings } = JSON.parse(stdout);
    const connection = (name: string) =>
      findings.find((each: Record<string, unknown>) => each.database === name && each.title === 'connection');
    expect(connection('DATABASE_URL')).toMatchObject({
      status: 'warn',
      detail: 'through a pooler',
      fix: expect.stringContaining('DIRECT_URL'),
    });
    expect(connection('DIRECT_URL')).toMatchObject({ status: 'pass', detail: 'straight to the server' });
  });

  it('history is written', async () => {
    const url = await pooled(database, { default_pool_size: '5' });
    expect((await smsfood(['db', 'install'], { env: { DATABASE_URL: url } })).code).toBe(0);
    onTestFinished(async () => void (await database.query('DROP SCHEMA ops CASCADE')));
    const { stderr } = await smsfood(['check', 'orders'], { env: { DATABASE_URL: url } });
    expect(stderr).not.toContain('error:');
    expect((await database.query('SELECT FROM ops.runs')).rowCount).toBe(1);
    expect((await smsfood(['check', 'history'], { env: { DATABASE_URL: url } })).code).toBe(0);
  });

  it('an interrupt still cancels the statement on the server', async () => {
    const url = await pooled(database, { default_pool_size: '5' });
    const folder = temporaryFolder({
      'slow/nap.sql': checkFile('SELECT id FROM customers WHERE pg_sleep(60) IS NULL', '--! entity: customers\n'),
    });
    const { child, ended } = startProgram(['check', 'slow.nap', '--checks', folder], { env: { DATABASE_URL: url } });
    const sleeping = async () =>
      (
        await database.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
        )
      ).rowCount;
    await expect.poll(sleeping, { timeout: 10_000 }).toBe(1);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(await sleeping()).toBe(0);
  });

  it('webhooks are worked on', async () => {
    expect((await smsfood(['db', 'install'], { env: { DATABASE_URL: database.url } })).code).toBe(0);
    const query = async (sql: string, values?: unknown[]) => (await database.query(sql, values)).rows;
    for (let n = 0; n < 20; n++) {
      await query(`SELECT make('orders', $1)`, [{ id: `paid-${n}`, status: 'PENDING', paymentId: null }]);
      await insertEvent(query, succeeded(`paid-${n}`, { id: `pi_${n}` }));
    }
    const url = await pooled(database, { default_pool_size: '5' });
    const program = startProgram(['webhooks', 'work', '--workers', '2'], { env: { DATABASE_URL: url } });
    onTestFinished(() => void program.child.kill('SIGKILL'));
    const open = `SELECT 1 FROM ops.webhook_inbox WHERE status <> 'processed'`;
    await expect.poll(async () => (await query(open)).length, { timeout: 20_000 }).toBe(0);
    program.child.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 143, stderr: expect.not.stringContaining('"level":"warn"') });
    expect(await query(`SELECT count(*)::int AS n FROM orders WHERE id ~ '^paid-' AND status = 'PAID'`)).toEqual([
      { n: 20 },
    ]);
    expect(await query('SELECT number, count(*)::int AS n FROM ops.webhook_attempts GROUP BY 1')).toEqual([
      { number: 1, n: 20 },
    ]);
  });

  it('a pooler that has lost its server is trouble in words', async () => {
    const url = new URL(await pooled(database, { default_pool_size: '1' }));
    url.pathname = '/no_such_database';
    const { code, stderr } = await smsfood(['check'], { env: { DATABASE_URL: url.toString() } });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: .* \[DB_[A-Z_]+\]\n/);
    expect(stderr).not.toContain('bug');
  });
});

function verdicts(stdout: string): unknown {
  return JSON.parse(stdout).results.map(({ id, status, violations, value }: Record<string, unknown>) => ({
    id,
    status,
    violations,
    value,
  }));
}

/** Starts a PgBouncer of this test's own before a database, and returns its URL. */
async function pooled(database: TestDatabase, settings: Record<string, string>): Promise<string> {
  const server = new URL(database.url);
  const folder = mkdtempSync(join(tmpdir(), 'smsfood-pgbouncer-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const users = join(folder, 'users.txt');
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(users, `"${decodeURIComponent(server.username)}" "${decodeURIComponent(server.password)}"\n`);
  const options = {
    pool_mode: 'transaction',
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: users,
    server_tls_sslmode: 'prefer',
    ...settings,
  };
  const lines = Object.entries(options).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(
    file,
    `[databases]\n${database.name} = host=${server.hostname} port=${server.port || 5432}\n[pgbouncer]\n${lines.join('\n')}\n`,
  );
  const child = spawn(PGBOUNCER ?? '', ['-q', ...(isRoot ? ['-u', 'postgres'] : []), file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(async () => {
    await stop(child);
    rmSync(folder, { recursive: true, force: true });
  });
  const { default: pg } = await import('pg');
  const url = Object.assign(new URL(server), { host: `127.0.0.1:${port}` }).toString();
  const isUp = async () => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  await expect.poll(isUp, { timeout: 10_000 }).toBe(true);
  return url;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  await once(server.close(), 'close');
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address.port;
}
