import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLATFORM_TABLES } from '../../src/personal-data.js';
import { stopSandbox } from '../../src/sandbox/server.js';
import { type CheckOutcome, readDocument } from '../harness/check-document.js';
import { startProgram } from '../harness/process.js';
import { smsfood } from '../harness/run.js';

const dataDir = mkdtempSync(join(tmpdir(), 'smsfood-sandbox-'));
const env = { SMSFOOD_DATA_DIR: dataDir };
const sandbox = (...argv: string[]) => smsfood(['sandbox', ...argv], { env });
const SMALL = ['--customers', '120', '--orders', '700', '--days', '60'];

afterAll(async () => {
  await stopSandbox({ dataDir });
  rmSync(dataDir, { recursive: true, force: true });
});

/** The facts that `sandbox status` prints, by name. */
async function status(...argv: string[]): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await sandbox('status', ...argv);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return Object.fromEntries(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(0, 7).trim(), line.slice(8)]),
  );
}

async function onSandbox<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: (await status('--reveal')).url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Those of the summaries are skipped where there are none. */
const needsNoOps = ({ status: found, reason }: CheckOutcome) =>
  found !== 'skipped' || reason !== 'the schema ops is not installed (`smsfood db install`)';

/** One checksum over all rows of all tables. */
async function checksum(): Promise<string> {
  const sums = PLATFORM_TABLES.map(
    (table) => `(SELECT coalesce(md5(string_agg(md5(t::text), '' ORDER BY id)), '-') FROM ${table} t)`,
  );
  const [row] = await onSandbox<{ sum: string }>(`SELECT concat_ws(' ', ${sums.join(', ')}) AS sum`);
  return row?.sum ?? '';
}

describe('before it is started', () => {
  it('there is nothing, and looking starts nothing', async () => {
    expect(await status()).toMatchObject({ status: 'stopped', url: '-', pid: '-', since: '-', data: dataDir });
    expect(await sandbox('stop')).toEqual({ code: 0, stdout: 'The sandbox was not running.\n', stderr: '' });
    expect(await sandbox('reset')).toMatchObject({ code: 0 });
    expect(readdirSync(dataDir)).toEqual([]);
  });
});

/** A process that has ended stays visible until its parent has taken notice. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the sandbox', () => {
  beforeAll(async () => {
    const { code, stdout, stderr } = await sandbox('start');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^status +running\n/);
    expect(stdout).toContain(':***@127.0.0.1:');
    expect(stderr).toContain('smsfood sandbox seed');
  });

  it('is found by whoever starts it again', async () => {
    const before = await status();
    expect(before).toMatchObject({
      status: 'running',
      server: expect.stringMatching(/^PostgreSQL 18/),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    const again = await sandbox('start', '--quiet');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(await status()).toEqual(before);
    expect(() => process.kill(Number(before.pid), 0)).not.toThrow();
  });

  it('tells its password only when asked', async () => {
    const { url: masked = '' } = await status();
    const { url = '' } = await status('--reveal');
    const { password } = new URL(url);
    expect(password.length).toBeGreaterThan(8);
    expect(masked).toBe(url.replace(password, '***'));
    const doctor = await smsfood(['doctor', '--sandbox', '--verbose'], { env });
    expect(doctor.code).toBe(0);
    expect(doctor.stdout + doctor.stderr).not.toContain(password);
    expect(await onSandbox('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it.each(['production', 'newer'])('seeded without damage (%s) passes every check', async (generation) => {
    const seeded = await sandbox('seed', ...SMALL, '--damage', 'none', '--generation', generation);
    expect(seeded).toMatchObject({ code: 0, stderr: '' });
    expect(seeded.stdout).toMatch(/^orders +700$/m);
    expect(seeded.stdout).toMatch(/No damage\.\n$/);
    const { code, stdout } = await smsfood(['check', '--sandbox', '--format', 'json'], { env });
    const results = readDocument(stdout).results.filter(needsNoOps);
    expect(results.filter((result) => result.status !== 'pass')).toEqual([]);
    expect({ code, checks: results.length > 60 }).toEqual({ code: 0, checks: true });
    const [found] = await onSandbox<{ newer: boolean }>(
      `SELECT count(*) > 0 AS newer FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attname = 'businessId'`,
    );
    expect(found?.newer).toBe(generation === 'newer');
  });

  it.each(['production', 'newer'])(
    'seeded with every damage (%s) violates every check that it can',
    async (generation) => {
      const seeded = await sandbox('seed', ...SMALL, '--damage', 'every', '--generation', generation);
      expect(seeded).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/\d+ kinds of damage\.\n$/) });
      const { code, stdout } = await smsfood(['check', '--sandbox', '--format', 'json'], { env });
      const spared = readDocument(stdout)
        .results.filter(needsNoOps)
        .filter(({ status: found }) => found !== 'fail' && found !== 'warn')
        .map(({ id }) => id);
      expect(spared).toEqual([]);
      expect(code).toBe(1);
    },
  );

  it('says in every format that it is the sandbox', async () => {
    for (const format of ['table', 'json', 'csv', 'markdown', 'junit', 'sarif', 'github']) {
      const { stdout } = await smsfood(['check', 'customers', '--sandbox', '--format', format], { env });
      expect({ format, isMarked: /sandbox/i.test(stdout) }).toEqual({ format, isMarked: true });
    }
  });

  it('is the same for the same seed and clock, and another for another', async () => {
    const seed = async (number: string, asOf = '2026-03-10T15:00:00Z') => {
      expect((await sandbox('seed', ...SMALL, '--damage', 'every', '--seed', number, '--as-of', asOf)).code).toBe(0);
      return checksum();
    };
    const first = await seed('7');
    const other = await seed('8');
    const later = await seed('7', '2026-03-11T15:00:00Z');
    const again = await seed('7');
    expect(again).toBe(first);
    expect(new Set([first, other, later]).size).toBe(3);
    expect(first).not.toContain('-');
  });

  it('seeded again forgets what was done to the marketplace before', async () => {
    const run = async (...argv: string[]) => (await smsfood([...argv, '--sandbox'], { env })).code;
    expect((await sandbox('seed', ...SMALL, '--seed', '7')).code).toBe(0);
    expect(await run('db', 'install')).toBe(0);
    expect(await run('reconcile', '--apply', '--force')).toBe(0);
    expect(await run('reconcile')).toBe(0);
    expect((await sandbox('seed', ...SMALL, '--seed', '8')).code).toBe(0);
    // Its watermark would have said that nothing has changed since.
    expect(await run('reconcile')).toBe(1);
    expect(await onSandbox('SELECT 1 FROM ops.change_log')).toEqual([]);
    expect(await run('db', 'uninstall', '--apply')).toBe(0);
  });

  it('interrupted while it is seeded holds the old or nothing, never a half', async () => {
    const { child, ended } = startProgram(
      ['sandbox', 'seed', '--customers', '50000', '--orders', '400000', '--damage', 'none'],
      { env },
    );
    await expect
      .poll(() => onSandbox(`SELECT 1 AS one FROM pg_stat_progress_copy WHERE tuples_processed > 0`), {
        timeout: 20_000,
        interval: 50,
      })
      .not.toEqual([]);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/\[INTERRUPTED\]\n$/);
    const counts = PLATFORM_TABLES.map((table) => `(SELECT count(*)::int FROM ${table})`);
    expect(await onSandbox(`SELECT ARRAY[${counts.join(', ')}] AS counts`)).toEqual([
      { counts: PLATFORM_TABLES.map(() => 0) },
    ]);
    expect((await sandbox('seed', ...SMALL, '--damage', 'none')).code).toBe(0);
  });

  it('shows everything in a demo, from an empty one, and again', async () => {
    await onSandbox(`TRUNCATE ${PLATFORM_TABLES.join(', ')}`);
    const first = await smsfood(['demo'], { env });
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/\d+ checks: \d+ fail/);
    expect(first.stdout).toContain('What to try next');
    expect(first.stdout).toMatch(/sandbox/i);
    expect(first.stderr).toContain('Seeding a marketplace');
    const steps = [...first.stdout.matchAll(/^ {2}smsfood ([a-z -]+?)(?: {2,}|$| [a-z-]+\.)/gm)];
    expect(steps.length).toBeGreaterThan(4);
    const second = await smsfood(['demo', '--quiet'], { env });
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain('What to try next');
  });

  it('keeps its data when it is stopped', async () => {
    const before = await checksum();
    const { pid } = await status();
    expect(await sandbox('stop')).toEqual({ code: 0, stdout: 'The sandbox is stopped. Its data stays.\n', stderr: '' });
    await expect.poll(() => isAlive(Number(pid)), { timeout: 5_000 }).toBe(false);
    expect(await status()).toMatchObject({ status: 'stopped', url: '-' });
    // Any command that wants it starts it.
    expect((await smsfood(['check', 'customers', '--sandbox'], { env })).code).toBe(1);
    expect(await checksum()).toBe(before);
  });

  it('is gone after a reset', async () => {
    const { pid } = await status();
    expect((await sandbox('reset')).code).toBe(0);
    await expect.poll(() => isAlive(Number(pid)), { timeout: 5_000 }).toBe(false);
    expect(existsSync(join(dataDir, 'sandbox', 'postgres-18'))).toBe(false);
    expect(await status()).toMatchObject({ status: 'stopped' });
  });
});

it('a folder that cannot be made is trouble in words', async () => {
  const { code, stdout, stderr } = await smsfood(['check', '--sandbox'], {
    env: { SMSFOOD_DATA_DIR: '/dev/null/data' },
  });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(/^error: .* \[SANDBOX_FAILED\]\n/);
});
