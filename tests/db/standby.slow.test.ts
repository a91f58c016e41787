import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { serverAccount } from '../../src/sandbox/account.js';
import { bundledVersion, programsIn } from '../../src/sandbox/binaries.js';
import { layoutOf, type SandboxPlace } from '../../src/sandbox/place.js';
import { startSandbox, stopSandbox } from '../../src/sandbox/server.js';
import { smsfood } from '../harness/run.js';
import { instantsOf } from '../report/page.js';

const place: SandboxPlace = { dataDir: mkdtempSync(join(tmpdir(), 'smsfood-standby-')) };
let url = '';
let undoable = '';
let standby: ChildProcess | undefined;

/** A marketplace with ops and a run that could be undone, on a server that then goes on as a standby. */
beforeAll(async () => {
  const primary = await startSandbox(place, { settings: { wal_level: 'replica', fsync: 'off' } });
  if (primary.url === null) throw new Error('the server gives no address');
  url = primary.url;
  const env = { SMSFOOD_DATA_DIR: place.dataDir, DATABASE_URL: url };
  const seeded = await smsfood(['sandbox', 'seed', '--customers', '300', '--orders', '1200', '--damage', 'every'], {
    env,
  });
  expect(seeded.code).toBe(0);
  expect((await smsfood(['db', 'install'], { env })).code).toBe(0);
  expect((await smsfood(['segments', '--apply', '--force'], { env })).code).toBe(0);
  const { stdout } = await smsfood(['runs', 'list', '--format', 'json'], { env });
  undoable = JSON.parse(stdout).runs[0].id;
  await stopSandbox(place);
  await startStandby();
}, 120_000);

afterAll(async () => {
  if (standby?.exitCode === null) {
    standby.kill('SIGINT');
    await once(standby, 'exit');
  }
  rmSync(place.dataDir, { recursive: true, force: true });
});

/** The same cluster in recovery: without a primary to follow it stays what it is, and takes reading sessions only. */
async function startStandby(): Promise<void> {
  const { root, data } = await layoutOf(place, bundledVersion().split('.')[0] ?? '');
  writeFileSync(join(data, 'standby.signal'), '');
  const settings = {
    port: new URL(url).port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const account = await serverAccount(data);
  standby = spawn(programsIn(root).postgres, args, {
    stdio: 'ignore',
    cwd: data,
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
  });
  await vi.waitFor(
    async () => expect(await query('SELECT pg_is_in_recovery() AS standby')).toEqual([{ standby: true }]),
    { timeout: 30_000 },
  );
}

async function query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const run = (...args: string[]) => smsfood(args, { env: { DATABASE_URL: url } });

describe('on a standby', () => {
  it.each([
    [['phones', 'recycle', '--apply', '--release-inactive']],
    [['segments', '--apply', '--force']],
    [['reconcile', '--apply', '--force']],
    [['refresh']],
    [['undo', 'RUN', '--apply']],
  ])('%j is refused in words, and changes nothing', async (args) => {
    const { code, stdout, stderr } = await run(...args.map((arg) => (arg === 'RUN' ? undoable : arg)));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      'error: Nothing was changed: this server is a standby. [DB_PERMISSION]\n' +
        '  Use a role that may write, on the primary server; `smsfood doctor` shows what this one may do.\n',
    );
  });

  it('release of a number is refused too', async () => {
    const [row] = await query<{ id: string }>(
      `SELECT id FROM phone_number_inventory WHERE status = 'ASSIGNED' LIMIT 1`,
    );
    const refused = await run('phones', 'release', String(row?.id), '--apply', '--force');
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('this server is a standby') });
  });

  it.each([
    [['phones', 'list'], 0],
    [['phones', 'recycle'], 1],
    [['phones', 'audit'], 1],
    [['segments'], 0],
    [['reconcile', '--full'], 1],
    [['runs', 'list'], 0],
    [['runs', 'show', 'RUN'], 0],
    [['undo', 'RUN'], 0],
    [['check', 'summaries.*'], 0],
  ])('%j reads', async (args, code) => {
    const outcome = await run(...args.map((arg) => (arg === 'RUN' ? undoable : arg)));
    expect(outcome.code).toBe(code);
    expect(outcome.stdout).not.toBe('');
  });

  it('a report is of one instant, with parallel sessions for its checks', async () => {
    const { stdout, code } = await run('report', '--output', '-');
    expect(code).toBe(0);
    expect(instantsOf(stdout).length).toBeGreaterThan(8);
    expect(new Set(instantsOf(stdout)).size).toBe(1);
    expect(stdout).not.toContain('One connection instead of');
  });
});
