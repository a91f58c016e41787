import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { readDocument } from '../harness/check-document.js';

// Settings of the npm that runs this suite must not reach the ones that it starts.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

const folder = mkdtempSync(join(tmpdir(), 'smsfood-package-'));
let tarball = '';

// The suite's own command has built dist/ before.
beforeAll(() => {
  execFileSync('npm', ['pack', '--pack-destination', folder], {
    cwd: packageRoot(),
    env: environment,
    stdio: 'ignore',
  });
  const [name = ''] = readdirSync(folder).filter((each) => each.endsWith('.tgz'));
  tarball = join(folder, name);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ['with scripts off', '--ignore-scripts'],
  ['with scripts on', '--no-ignore-scripts'],
])('the package, installed globally %s', (_title, flag) => {
  const prefix = mkdtempSync(join(tmpdir(), 'smsfood-prefix-'));
  const elsewhere = mkdtempSync(join(tmpdir(), 'smsfood-elsewhere-'));
  const home = mkdtempSync(join(tmpdir(), 'smsfood-home-'));

  const smsfood = (...args: string[]) => {
    const program = join(prefix, 'bin', 'smsfood');
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: elsewhere,
      encoding: 'utf8',
      env: { PATH: environment.PATH, HOME: home, SMSFOOD_DATA_DIR: home },
    });
    return { status, stdout, stderr };
  };

  beforeAll(() => {
    execFileSync(
      'npm',
      ['install', '--global', '--prefix', prefix, flag, '--no-audit', '--no-fund', '--prefer-offline', tarball],
      {
        cwd: elsewhere,
        env: environment,
        stdio: 'ignore',
      },
    );
  }, 240_000);

  afterAll(() => {
    smsfood('sandbox', 'stop');
    for (const each of [prefix, elsewhere, home]) rmSync(each, { recursive: true, force: true });
  });

  it('says its version', () => {
    expect(smsfood('--version')).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  });

  it('explains every command, in its help and in the man page', () => {
    const [, commands = ''] = smsfood('--help').stdout.split('Commands:');
    const names = [...commands.matchAll(/^ {2}([a-z]+)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help');
    expect(names.length).toBeGreaterThan(15);
    const page = readFileSync(join(prefix, 'share', 'man', 'man1', 'smsfood.1'), 'utf8');
    for (const name of names) {
      const { status, stdout } = smsfood(name, '--help');
      expect({ name, status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining(`smsfood ${name}`) });
      expect(page).toContain(`smsfood ${name}`);
    }
  });

  it('answers a shell that completes', () => {
    expect(smsfood('completion', 'bash').stdout).toContain('complete -F _smsfood smsfood');
    expect(smsfood('__complete', 'check', 'show', 'orders.stale-p').stdout).toMatch(
      /^orders\.stale-pending\t.*\n:none\n$/,
    );
  });

  it('finds its checks', () => {
    const { status, stdout } = smsfood('check', 'list', '--format', 'csv');
    expect(status).toBe(0);
    expect(stdout.trim().split('\n').length).toBeGreaterThan(70);
  });

  it('shows the demo', () => {
    const { status, stdout, stderr } = smsfood('demo');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/What to try next/);
  });

  it('installs its schema and keeps a history, with its migrations and its database client', () => {
    expect(smsfood('db', 'install', '--sandbox')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Applied'),
    });
    const { status, stdout } = smsfood('check', '--sandbox', '--format', 'json');
    expect(status).toBe(1);
    expect(readDocument(stdout).results.every(({ status: verdict }) => verdict !== 'error')).toBe(true);
    expect(smsfood('check', 'history', '--sandbox', '--format', 'csv')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/\n.+/),
    });
  });
});
