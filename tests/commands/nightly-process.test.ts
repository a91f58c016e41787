import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkFile, temporaryFolder } from '../harness/folder.js';
import { HANG, type HttpServer, listen } from '../harness/http-server.js';
import { type RunningProgram, startProgram } from '../harness/process.js';
import { parseMetrics } from '../notify/parse-metrics.js';
import { type NightlyWorld, nightlyWorld } from './nightly-world.js';

let world: NightlyWorld;
beforeAll(async () => {
  world = await nightlyWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.query('TRUNCATE ops.change_log, ops.runs, ops.check_results, ops.watermarks CASCADE'));

/** A configuration with one check more, which takes a minute. */
function slowFolder(): string {
  const config = JSON.parse(readFileSync(join(world.folder, 'smsfood.config.json'), 'utf8'));
  const folder = temporaryFolder({
    'own/slow/nap.sql': checkFile(
      'SELECT id FROM customers WHERE id = (SELECT min(id) FROM customers) AND pg_sleep(60) IS NULL',
    ),
  });
  const checks = { ...config.checks, directories: [join(folder, 'own')] };
  return temporaryFolder({ 'smsfood.config.json': JSON.stringify({ ...config, checks }) });
}

async function napping(): Promise<number> {
  const rows = await world.rows(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ '^smsfood/nightly/' AND wait_event = 'PgSleep'`,
  );
  return rows.length;
}

/** Starts a night in a process of its own, and waits until it is in the middle of its last step. */
async function startNight(args: readonly string[], env: Record<string, string> = {}): Promise<RunningProgram> {
  const cwd = slowFolder();
  const running = startProgram(['nightly', '--apply', ...args], { env: { DATABASE_URL: world.url, ...env }, cwd });
  await expect.poll(napping, { timeout: 30_000 }).toBe(1);
  return running;
}

const paths = ({ received }: HttpServer) => received.map(({ path }) => path);

describe('a night that is told to stop', () => {
  it.each([
    ['SIGTERM', 143, 'TERMINATED'],
    ['SIGINT', 130, 'INTERRUPTED'],
  ] as const)(
    'by %s stops the step on the server, and says how far it came: on standard error, in ops, to the ping',
    async (signal, code, name) => {
      const ping = await listen({ status: 200, body: 'OK' });
      const file = join(temporaryFolder(), 'smsfood.prom');
      const { child, ended } = await startNight(['--ping', `${ping.url}/id`, '--metrics-file', file]);
      child.kill(signal);
      const outcome = await ended;
      expect(outcome).toMatchObject({ code, signal: null, stdout: '' });
      expect(outcome.stderr).toMatch(
        new RegExp(
          `^recycle: done\nreconcile: done\nsegments: done\nsummaries: done\nchecks: interrupted\nerror: .* \\[${name}\\]\n$`,
        ),
      );
      expect(await napping()).toBe(0);
      expect(paths(ping)).toEqual(['/id/start', `/id/${code}`]);
      expect(ping.received[1]?.query.get('rid')).toBe(ping.received[0]?.query.get('rid'));
      expect(parseMetrics(readFileSync(file, 'utf8')).get('smsfood_nightly_exit_code')?.samples).toEqual([
        { labels: {}, value: code },
      ]);
      const [night] = (await world.runs()).filter(({ command }) => command === 'nightly');
      expect(night).toMatchObject({
        status: 'interrupted',
        exit: code,
        summary: { recycle: 'done', summaries: 'done', checks: 'interrupted' },
      });
      const { past } = await world.night(['--apply']);
      expect(past?.unfinished?.killed).toBe(false);
    },
  );

  it('before its last steps leaves these undone', async () => {
    const other = await world.connect();
    await other.query('BEGIN; LOCK TABLE phone_number_inventory IN ACCESS EXCLUSIVE MODE');
    const { child, ended } = startProgram(['nightly', '--apply'], {
      env: { DATABASE_URL: world.url },
      cwd: world.folder,
    });
    const waiting = () =>
      world.rows(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ '^smsfood/nightly/' AND wait_event_type = 'Lock'`,
      );
    await expect.poll(async () => (await waiting()).length, { timeout: 30_000 }).toBe(1);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    await other.query('ROLLBACK');
    expect(code).toBe(143);
    expect(stderr).toMatch(
      /^recycle: interrupted\nreconcile: skipped\nsegments: skipped\nsummaries: skipped\nchecks: skipped\n/,
    );
    expect((await world.runs()).map(({ command, status }) => [command, status])).toEqual([
      ['nightly', 'interrupted'],
      ['phones recycle', 'interrupted'],
    ]);
  });

  it('while a channel hangs ends at once', async () => {
    const ping = await listen({ status: 200, body: 'OK' });
    const slack = await listen(HANG);
    await world.query(
      `UPDATE orders SET "platformFee" = NULL WHERE id = (SELECT min(id) FROM orders WHERE status = 'DELIVERED')`,
    );
    const { child, ended } = startProgram(['nightly', '--apply', '--notify', 'slack', '--ping', `${ping.url}/id`], {
      env: { DATABASE_URL: world.url, SLACK_WEBHOOK_URL: `${slack.url}/hook` },
      cwd: world.folder,
    });
    await expect.poll(() => [slack.received.length, ping.received.length], { timeout: 30_000 }).toEqual([1, 2]);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143, stdout: '' });
    expect(paths(ping)).toEqual(['/id/start', '/id/1', '/id/143']);
    await world.query(`UPDATE orders SET "platformFee" = ("totalAmount" * 2 + 50) / 100 WHERE status = 'DELIVERED'`);
  });
});

it('a night that is killed half way is seen as one, and simply run again', async () => {
  const { child, ended } = await startNight([]);
  child.kill('SIGKILL');
  expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  // The server notices within a second or so, and gives the lock back.
  await expect.poll(napping, { timeout: 10_000 }).toBe(0);
  await expect
    .poll(async () => (await world.night(['--apply', '--skip', 'checks']).catch(() => null))?.past?.unfinished, {
      timeout: 15_000,
    })
    .toMatchObject({ killed: true });
  expect(await world.nightly(['--apply'])).toEqual({ code: 0, stdout: '', stderr: '' });
  const nights = (await world.runs()).filter(({ command }) => command === 'nightly');
  expect(nights.map(({ status }) => status)).toEqual(['interrupted', 'done', 'done']);
});

it('two nights at once: the second says so at once, also to its ping, and does nothing', async () => {
  const ping = await listen({ status: 200, body: 'OK' });
  const { child, ended } = await startNight([]);
  const before = await world.runs();
  const second = await world.nightly(['--apply', '--ping', `${ping.url}/id`]);
  expect(second).toMatchObject({ code: 3, stdout: '' });
  expect(second.stderr).toMatch(/Another `smsfood nightly` is at work on this database.*\[LOCKED\]/);
  expect(paths(ping)).toEqual(['/id/start', '/id/3']);
  expect(await world.runs()).toEqual(before);
  child.kill('SIGTERM');
  await ended;
});
