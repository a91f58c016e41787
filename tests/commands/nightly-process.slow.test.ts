import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { type HttpServer, listen } from '../harness/http-server.js';
import { startProgram } from '../harness/process.js';
import { parseMetrics } from '../notify/parse-metrics.js';
import { napping, startNight } from './nightly-nap.js';
import { type NightlyWorld, nightlyWorld } from './nightly-world.js';

let world: NightlyWorld;
beforeAll(async () => {
  world = await nightlyWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.query('TRUNCATE ops.change_log, ops.runs, ops.check_results, ops.watermarks CASCADE'));

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
      const { child, ended } = await startNight(world, ['--ping', `${ping.url}/id`, '--metrics-file', file]);
      child.kill(signal);
      const outcome = await ended;
      expect(outcome).toMatchObject({ code, signal: null, stdout: '' });
      expect(outcome.stderr).toMatch(
        new RegExp(
          `^recycle: done\nreconcile: done\nsegments: done\nsummaries: done\nchecks: interrupted\nerror: .* \\[${name}\\]\n$`,
        ),
      );
      expect(await napping(world)).toBe(0);
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
});

it('two nights at once: the second says so at once, also to its ping, and does nothing', async () => {
  const ping = await listen({ status: 200, body: 'OK' });
  const { child, ended } = await startNight(world, []);
  const before = await world.runs();
  const second = await world.nightly(['--apply', '--ping', `${ping.url}/id`]);
  expect(second).toMatchObject({ code: 3, stdout: '' });
  expect(second.stderr).toMatch(/Another `smsfood nightly` is at work on this database.*\[LOCKED\]/);
  expect(paths(ping)).toEqual(['/id/start', '/id/3']);
  expect(await world.runs()).toEqual(before);
  child.kill('SIGTERM');
  await ended;
});
