import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, type TestDatabase } from './harness/database.js';
import { checkFile, temporaryFolder } from './harness/folder.js';
import { type RunningProgram, shell, startProgram } from './harness/process.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await database.query(`SELECT make('customers')`);
});
afterAll(() => database.drop());

const SLOW = {
  'slow/nap.sql': checkFile('SELECT id FROM customers WHERE pg_sleep(60) IS NULL', '--! entity: customers\n'),
};

/** Starts `check` on a check that takes a minute, and waits until the server is at it. */
async function startSlowCheck(...argv: string[]): Promise<RunningProgram & { folder: string }> {
  const folder = temporaryFolder(SLOW);
  const running = startProgram(['check', 'slow.nap', '--checks', folder, ...argv], {
    env: { DATABASE_URL: database.url },
    cwd: folder,
  });
  await expect.poll(() => sleeping(), { timeout: 10_000 }).toBe(1);
  return { ...running, folder };
}

/** How many statements of smsfood the server is at. */
async function sleeping(): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND application_name ~ '^smsfood/check/[0-9a-f-]{36}$' AND state = 'active' AND wait_event = 'PgSleep'`,
  );
  return rows[0]?.count ?? -1;
}

async function connections(): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'smsfood/%'`,
  );
  return rows[0]?.count ?? -1;
}

describe('a signal while a statement runs', () => {
  it.each([
    ['SIGINT', 130, 'INTERRUPTED'],
    ['SIGTERM', 143, 'TERMINATED'],
  ] as const)('%s ends it on the server too, and leaves nothing', async (signal, code, name) => {
    const { child, ended, folder } = await startSlowCheck('--output', 'result.txt');
    child.kill(signal);
    const outcome = await ended;
    expect(outcome).toMatchObject({ code, signal: null, stdout: '' });
    expect(outcome.stderr).toMatch(new RegExp(`^error: .* \\[${name}\\]\n$`));
    // It was cancelled by smsfood, not noticed by the server a second later.
    expect(await sleeping()).toBe(0);
    await expect.poll(() => connections(), { timeout: 5_000 }).toBe(0);
    expect(readdirSync(folder)).toEqual(['slow']);
  });

  it('twice ends the process at once, and the server follows', async () => {
    const { child, ended } = await startSlowCheck();
    // Both are delivered before the first cancellation can have been answered.
    child.kill('SIGINT');
    child.kill('SIGTERM');
    const { code } = await ended;
    expect([130, 143]).toContain(code);
    await expect.poll(() => sleeping(), { timeout: 8_000 }).toBe(0);
  });

  it('that nobody can catch leaves the server to notice by itself', async () => {
    const { child, ended } = await startSlowCheck();
    child.kill('SIGKILL');
    expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    await expect.poll(() => connections(), { timeout: 8_000 }).toBe(0);
  });
});

describe('standard output', () => {
  it('may be closed by a reader who has seen enough', async () => {
    for (const line of [
      '$SMSFOOD check list | head -n 1',
      '$SMSFOOD --help | head -n 1',
      '$SMSFOOD check list --format json | true',
    ]) {
      const { code, stderr } = await shell(line);
      expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
    }
  });

  it.skipIf(!existsSync('/dev/full'))('that cannot be written is no success and no finding', async () => {
    const { code, stderr } = await shell('$SMSFOOD check list > /dev/full');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: Could not write to standard output: ENOSPC.* \[FILE_NOT_WRITTEN\]\n$/);
  });

  it('arrives whole through a slow pipe', async () => {
    const { stdout } = await shell('$SMSFOOD check list --format json | (sleep 0.3; cat)');
    expect(JSON.parse(stdout).checks.length).toBeGreaterThan(60);
  });

  it('and standard error hold no escape codes in pipes', async () => {
    const { stdout, stderr } = await shell('$SMSFOOD check --verbose', {
      DATABASE_URL: database.url,
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
    });
    expect(stdout).toContain('checks:');
    expect(stdout + stderr).not.toContain('\u001b');
  });
});

const hasScript = spawnSync('script', ['--version']).status === 0;
it.skipIf(!hasScript)(
  'a terminal without a size shows no spinner, which would never end',
  { timeout: 30_000 },
  async () => {
    const folder = temporaryFolder({
      'slow/nap.sql': checkFile('SELECT id FROM customers WHERE pg_sleep(2) IS NULL', '--! entity: customers\n'),
    });
    const line = `stty cols 0 rows 0; exec $SMSFOOD check slow.nap --checks ${folder}`;
    const { code, stdout } = await shell(`timeout 20 script -qec '${line}' /dev/null`, {
      DATABASE_URL: database.url,
      TERM: 'xterm',
    });
    expect(code).toBe(0);
    expect(stdout).toContain('1 check: 1 pass.');
    expect(stdout).not.toContain('Checking');
  },
);

it('the exit code is what the program says', async () => {
  const env = { DATABASE_URL: database.url };
  const cwd = temporaryFolder({ 'own/found.sql': checkFile('SELECT id FROM customers') });
  const codes = await Promise.all([
    startProgram(['--version']).ended,
    startProgram(['check', 'own.found', '--checks', cwd], { env, cwd }).ended,
    startProgram(['check', '--nonsense'], { env }).ended,
    startProgram(['check'], { env: { DATABASE_URL: 'postgresql://127.0.0.1:1/x' } }).ended,
  ]);
  expect(codes.map(({ code }) => code)).toEqual([0, 1, 2, 3]);
});

it('nothing is asked of the environment that is not documented', async () => {
  // Neither libpq's variables nor a home folder: what a URL leaves open is not filled in behind the user's back.
  const { code, stderr } = await startProgram(['check'], { env: { PGHOST: '127.0.0.1', PGDATABASE: 'x' } }).ended;
  expect(code).toBe(2);
  expect(stderr).toContain('[NO_DATABASE]');
});
