import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damagedDatabase } from '../checks/damaged.js';
import { FIXTURE_CLOCK } from '../checks/fixtures.js';
import { checksFolder, checkText, type Judged, judge } from '../checks/judge.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { checkValidator, junitErrors, sarifValidator } from '../output/schemas.js';

const validate = checkValidator();
const validateSarif = sarifValidator();

let clean: TestDatabase;
let damaged: TestDatabase;
beforeAll(async () => {
  [clean, damaged] = await Promise.all([cloneDatabase(), damagedDatabase()]);
  await clean.query(`SELECT make('orders', '{"id": "o1"}'), make('sms_logs', '{"id": "m1"}')`);
});
afterAll(() => Promise.all([clean.drop(), damaged.drop()]));

const env = (database: TestDatabase) => ({ env: { DATABASE_URL: database.url } });
const broken = () =>
  checksFolder({
    'own/broken': checkText('SELECT id FROM orders WHERE nothing > 0'),
    'own/waits': checkText('SELECT 1 AS value WHERE false', { level: null, warn: '"> 0"', metric: '{unit: x}' }),
    'own/finds': checkText(`SELECT id FROM orders WHERE id IS NOT NULL`),
  });

/** The document is what docs/check.schema.json says, and agrees with itself and with the process. */
function expectConsistent(judged: Judged): void {
  const document: unknown = JSON.parse(judged.stdout);
  expect(validate(document), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  const statuses = judged.results.map(({ status }) => status);
  const count = (status: string) => statuses.filter((each) => each === status).length;
  expect(judged.summary).toEqual({
    pass: count('pass'),
    warn: count('warn'),
    fail: count('fail'),
    error: count('error'),
    skipped: count('skipped'),
  });
  expect(judged.exitCode).toBe(judged.code);
  expect(new Set(judged.results.map(({ id }) => id)).size).toBe(judged.results.length);
}

describe('JSON is what its schema says', () => {
  it('on data without damage', async () => {
    const judged = await judge(clean);
    expectConsistent(judged);
    expect(judged.summary).toMatchObject({ fail: 0, error: 0 });
    expect(judged.code).toBe(0);
  });

  it('on damage of every kind, in both time zones of the configuration, with personal data and without', async () => {
    for (const [args, timezone] of [
      [[], 'UTC'],
      [['--reveal', '--sample', '50'], 'America/New_York'],
      [['--sample', '0'], 'Asia/Kolkata'],
    ] as const) {
      const judged = await judge(damaged, args, { env: { SMSFOOD_TIMEZONE: timezone } });
      expectConsistent(judged);
      expect(judged.code).toBe(1);
    }
  });

  it('with --since, with errors, with something switched off', async () => {
    expectConsistent(await judge(damaged, ['--since', '2026-03-01T00:00:00Z']));
    const mixed = await judge(damaged, ['own', '--checks', broken()]);
    expectConsistent(mixed);
    expect(mixed.results.map(({ status }) => status)).toEqual(['error', 'fail', 'skipped']);
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({ checks: { overrides: { 'orders.stale-pending': { enabled: false } } } }),
    });
    const off = await judge(damaged, ['orders.stale-*'], { cwd });
    expectConsistent(off);
    expect(off.summary).toMatchObject({ skipped: 1 });
  });

  it('with a baseline, and one that has expired', async () => {
    const file = join(temporaryFolder(), 'baseline.json');
    const args = ['orders', 'phones', 'customers'];
    const written = await smsfood(
      ['check', ...args, '--write-baseline', file, '--expires', '2026-03-20', '--as-of', FIXTURE_CLOCK, '--quiet'],
      env(damaged),
    );
    expect(written.code).toBe(0);
    const known = await judge(damaged, [...args, '--baseline', file]);
    expectConsistent(known);
    expect(
      known.results.filter(({ status, metric }) => status === 'fail' && metric === undefined).map(({ id }) => id),
    ).toEqual(['orders.freshness']);
    expectConsistent(await judge(damaged, [...args, '--baseline', file], { clock: '2026-04-01T00:00:00Z' }));
    expectConsistent(await judge(damaged, [...args, '--baseline', file, '--since', '2026-03-01T00:00:00Z']));
  });

  it('names the database without user and password, the server and the run', async () => {
    const { run } = await judge(clean, ['orders']);
    const url = new URL(clean.url);
    expect(run).toMatchObject({
      database: `${url.hostname}:${url.port}/${clean.name}`,
      sandbox: false,
      since: null,
      now: '2026-03-10T15:00:00.000Z',
      complete: true,
    });
    const { rows } = await clean.query<{ v: string }>(
      `SELECT split_part(current_setting('server_version'), ' ', 1) AS v`,
    );
    expect(run.server).toBe(`PostgreSQL ${rows[0]?.v}`);
    expect(run.queries).toBeGreaterThan(0);
    expect(run.queries).toBeLessThan(15);
  });

  it('takes the clock of the database where no other is given', async () => {
    const { run } = await judge(clean, ['orders'], { clock: null });
    const { rows } = await clean.query<{ off: number }>(
      `SELECT abs(extract(epoch FROM now() - $1::timestamptz))::float8 AS off`,
      [run.now],
    );
    expect(rows[0]?.off).toBeLessThan(60);
  });
});

describe('exit codes', () => {
  it.each([
    ['a failure', ['own.finds'], ['--fail-on', 'fail'], 1],
    ['a failure', ['own.finds'], ['--fail-on', 'warn'], 1],
    ['a failure', ['own.finds'], ['--fail-on', 'never'], 0],
    ['a warning', ['orders.amount-zero'], ['--fail-on', 'fail'], 0],
    ['a warning', ['orders.amount-zero'], ['--fail-on', 'warn'], 1],
    ['a warning', ['orders.amount-zero'], ['--fail-on', 'never'], 0],
    ['an error', ['own.broken'], ['--fail-on', 'fail'], 3],
    ['an error', ['own.broken'], ['--fail-on', 'never'], 3],
    ['an error beside a failure', ['own.broken', 'own.finds'], [], 1],
    ['an error beside a failure', ['own.broken', 'own.finds'], ['--fail-on', 'never'], 3],
    ['an error beside a warning', ['own.broken', 'orders.amount-zero'], [], 3],
    ['an error beside a warning', ['own.broken', 'orders.amount-zero'], ['--fail-on', 'warn'], 1],
    ['what was skipped', ['own.waits'], ['--fail-on', 'warn'], 0],
  ])('%s %j with %j: %i', async (_, ids, args, exit) => {
    const judged = await judge(damaged, [...ids, ...args, '--checks', broken()]);
    expect({ code: judged.code, exitCode: judged.exitCode }).toEqual({ code: exit, exitCode: exit });
  });

  it.each(['table', 'json', 'csv', 'markdown', 'junit', 'sarif', 'github'])(
    'do not depend on the format: %s',
    async (format) => {
      const run = async (args: string[]) =>
        (
          await smsfood(
            ['check', ...args, '--format', format, '--checks', broken(), '--as-of', FIXTURE_CLOCK],
            env(damaged),
          )
        ).code;
      expect([await run(['own.finds']), await run(['own.waits']), await run(['own.broken'])]).toEqual([1, 0, 3]);
    },
  );
});

describe('formats on real results', () => {
  const run = async (format: string, args: readonly string[] = []) => {
    const outcome = await smsfood(
      ['check', '--format', format, '--as-of', FIXTURE_CLOCK, '--checks', broken(), ...args],
      env(damaged),
    );
    expect(outcome.code).toBe(1);
    return outcome;
  };

  it('JUnit: a test case for each check, errors apart from failures', async () => {
    const { stdout } = await run('junit');
    const judged = await judge(damaged, ['--checks', broken()]);
    expect(await junitErrors(stdout)).toEqual([]);
    expect(stdout.match(/<testcase /g)).toHaveLength(judged.results.length);
    expect(stdout.match(/<failure/g)).toHaveLength(judged.results.filter(({ status }) => status === 'fail').length);
    expect(stdout.match(/<error/g)).toHaveLength(1);
  });

  it('SARIF: valid, and pointing at lines of files that are there', async () => {
    const document = JSON.parse((await run('sarif')).stdout);
    expect(validateSarif(document), JSON.stringify(validateSarif.errors?.slice(0, 3))).toBe(true);
    expect(document.runs[0].results.length).toBeGreaterThan(70);
  });

  it('GitHub: at most ten errors and ten warnings, and a line that counts the rest', async () => {
    const lines = (await run('github')).stdout.trim().split('\n');
    expect(lines.filter((line) => line.startsWith('::error'))).toHaveLength(10);
    expect(lines.filter((line) => line.startsWith('::warning')).length).toBeLessThanOrEqual(10);
    expect(lines.at(-1)).toMatch(/\d+/);
  });

  it('CSV: a row for each check, with its exact numbers', async () => {
    const rows = (await run('csv', ['orders'])).stdout.trim().split(/\r?\n/);
    const judged = await judge(damaged, ['orders', '--checks', broken()]);
    expect(rows).toHaveLength(judged.results.length + 1);
    for (const { id, violations } of judged.results) {
      const row = rows.find((each) => each.startsWith(`${id},`));
      if (violations !== null) expect(row).toContain(`,${violations},`);
      else expect(row).toBeDefined();
    }
  });

  it('Markdown and the table name every finding', async () => {
    const judged = await judge(damaged, ['--checks', broken()]);
    const [markdown, table] = [(await run('markdown')).stdout, (await run('table')).stdout];
    for (const { id, status } of judged.results) {
      expect(markdown.includes(id), id).toBe(status !== 'pass');
      expect(table.includes(id), id).toBe(status !== 'pass');
    }
    expect(table).toContain(`${judged.results.length} checks: `);
  });

  it('the table shows samples and remedies of a few checks, or of all with --verbose', async () => {
    const few = await run('table', ['orders.stale-pending']);
    expect(few.stdout).toMatch(/FAIL orders\.stale-pending[\s\S]*- id: [\s\S]*Remedy: /);
    const many = await run('table', ['orders']);
    expect(many.stdout).not.toContain('Remedy: ');
    expect(many.stderr).toContain('smsfood check ID');
    const verbose = await run('table', ['orders', '--verbose']);
    expect(verbose.stdout).toContain('Remedy: ');
    const quiet = await run('table', ['orders', '--quiet']);
    expect(quiet.stderr).toBe('');
  });
});

describe('--output', () => {
  it('writes the file as a whole, and nothing to standard output', async () => {
    const folder = temporaryFolder({ 'out.json': 'old' });
    const file = join(folder, 'out.json');
    const outcome = await smsfood(
      ['check', 'orders', '--format', 'json', '--output', file, '--as-of', FIXTURE_CLOCK],
      env(damaged),
    );
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: `Wrote ${file}.\n` });
    expect(validate(JSON.parse(readFileSync(file, 'utf8')))).toBe(true);
    expect(readdirSync(folder)).toEqual(['out.json']);
  });

  it('is relative to where the program runs', async () => {
    const cwd = temporaryFolder();
    await smsfood(
      ['check', 'orders.stale-pending', '--format', 'junit', '-o', 'checks.xml', '--as-of', FIXTURE_CLOCK],
      { ...env(damaged), cwd },
    );
    expect(await junitErrors(readFileSync(join(cwd, 'checks.xml'), 'utf8'))).toEqual([]);
  });

  it('leaves the old file alone, and no other, where the run fails or the place cannot be written', async () => {
    const folder = temporaryFolder({ 'out.json': 'old', 'a-file': 'x' });
    const nowhere = { env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' } };
    expect((await smsfood(['check', '--output', join(folder, 'out.json')], nowhere)).code).toBe(3);
    const refused = await smsfood(
      ['check', 'orders.amount-zero', '--output', join(folder, 'a-file', 'out.json')],
      env(clean),
    );
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain('FILE_NOT_WRITTEN');
    expect(readFileSync(join(folder, 'out.json'), 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['a-file', 'out.json']);
  });
});
