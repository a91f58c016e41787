import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { type RunOptions, smsfood } from '../harness/run.js';

const ESCAPE = '\u001b[';
let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await database.query(`SELECT make('orders', '{"totalAmount": -5}')`);
});
afterAll(() => database.drop());

const run = (argv: readonly string[], { env, ...options }: RunOptions = {}) =>
  smsfood(argv, { ...options, env: { DATABASE_URL: database.url, ...env } });

describe('colour', () => {
  it.each([
    ['a pipe', {}, false, false],
    ['a terminal', {}, true, true],
    ['a dumb terminal', { TERM: 'dumb' }, true, false],
    ['NO_COLOR on a terminal', { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR on a terminal', { NO_COLOR: '' }, true, true],
    ['FORCE_COLOR in a pipe', { FORCE_COLOR: '1' }, false, true],
    ['FORCE_COLOR=0 on a terminal', { FORCE_COLOR: '0' }, true, false],
    ['NO_COLOR and FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  ] as const)('with %s', async (_name, env, terminal, isColored) => {
    const { stdout } = await run(['check', 'orders.amount-negative'], { env, terminal });
    expect(stdout.includes(ESCAPE)).toBe(isColored);
    expect(stdout).toContain('orders.amount-negative');
  });

  it('is in nothing that a program reads, nor in files', async () => {
    const cwd = temporaryFolder();
    for (const format of ['json', 'csv', 'markdown', 'junit', 'sarif', 'github']) {
      const { stdout } = await run(['check', 'orders', '--format', format], {
        terminal: true,
        env: { FORCE_COLOR: '1' },
      });
      expect({ format, hasColor: stdout.includes(ESCAPE) }).toEqual({ format, hasColor: false });
    }
    await run(['check', 'orders', '--output', 'result.txt'], { cwd, terminal: true, env: { FORCE_COLOR: '1' } });
    expect(readFileSync(join(cwd, 'result.txt'), 'utf8')).not.toContain(ESCAPE);
  });
});

describe('standard output is the result and nothing else', () => {
  it.each([
    [['check', 'orders', '--format', 'json']],
    [['check', 'list', '--format', 'json']],
    [['check', 'explain', '--format', 'json']],
    [['check', 'show', 'orders.stale-pending', '--format', 'json']],
    [['scorecard', '--format', 'json']],
    [['doctor', '--format', 'json']],
    [['db', 'status', '--format', 'json']],
  ])('%j, even with --verbose on a terminal', async (argv) => {
    const { stdout, stderr } = await run([...argv, '--verbose'], { terminal: true });
    expect(JSON.parse(stdout)).toHaveProperty('schema', expect.stringMatching(/^smsfood\./));
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(stderr).not.toMatch(/^error:/m);
  });

  it('goes to the file alone with --output, which stays as it was when nothing came of it', async () => {
    const cwd = temporaryFolder({ 'old.json': 'precious' });
    const { code, stdout, stderr } = await run(['check', 'orders', '--format', 'json', '--output', 'new.json'], {
      cwd,
    });
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `Wrote ${join(cwd, 'new.json')}.\n` });
    expect(JSON.parse(readFileSync(join(cwd, 'new.json'), 'utf8'))).toHaveProperty('exitCode', 1);
    await run(['check', 'orders', '--format', 'json', '--output', 'old.json'], {
      cwd,
      env: { DATABASE_URL: 'postgresql://127.0.0.1:1/x' },
    });
    expect(readFileSync(join(cwd, 'old.json'), 'utf8')).toBe('precious');
    const refused = await run(['check', 'orders', '--output', 'no/such/folder.json'], { cwd });
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/\[FILE_NOT_WRITTEN\]/) });
    expect(existsSync(join(cwd, 'no'))).toBe(false);
  });
});

it('--quiet leaves errors and the result', async () => {
  const hinted = await run(['check']);
  expect(hinted.stderr).toContain('Look closer');
  const quiet = await run(['check', '--quiet']);
  expect(quiet).toMatchObject({ code: hinted.code, stderr: '' });
  expect(quiet.stdout).not.toBe('');
  const failed = await run(['check', '--quiet'], { env: { DATABASE_URL: 'postgresql://127.0.0.1:1/x' } });
  expect(failed).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/^error: /) });
});

it('a narrow terminal is filled, not broken', async () => {
  for (const columns of [60, 100]) {
    const { stdout } = await run(['check', 'list'], { terminal: true, columns, env: { NO_COLOR: '1' } });
    const longest = Math.max(...stdout.split('\n').map((line) => [...line].length));
    expect(longest).toBeLessThanOrEqual(columns);
    expect(longest).toBeGreaterThan(columns - 25);
  }
});

it('--format never follows from where the output goes', async () => {
  const [pipe, terminal] = await Promise.all([
    run(['check', 'list']),
    run(['check', 'list'], { terminal: true, columns: 100, env: { NO_COLOR: '1' } }),
  ]);
  expect(pipe.stdout).toBe(terminal.stdout);
});
