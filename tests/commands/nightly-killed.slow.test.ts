import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { HANG, listen } from '../harness/http-server.js';
import { startProgram } from '../harness/process.js';
import { napping, startNight } from './nightly-nap.js';
import { type NightlyWorld, nightlyWorld } from './nightly-world.js';

let world: NightlyWorld;
beforeAll(async () => {
  world = await nightlyWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.query('TRUNCATE ops.change_log, ops.runs, ops.check_results, ops.watermarks CASCADE'));

it('a night that is killed half way is seen as one, and simply run again', async () => {
  const { child, ended } = await startNight(world, []);
  child.kill('SIGKILL');
  expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  // The server notices within a second or so, and gives the lock back.
  await expect.poll(() => napping(world), { timeout: 10_000 }).toBe(0);
  await expect
    .poll(async () => (await world.night(['--apply', '--skip', 'checks']).catch(() => null))?.past?.unfinished, {
      timeout: 15_000,
    })
    .toMatchObject({ killed: true });
  expect(await world.nightly(['--apply'])).toEqual({ code: 0, stdout: '', stderr: '' });
  const nights = (await world.runs()).filter(({ command }) => command === 'nightly');
  expect(nights.map(({ status }) => status)).toEqual(['interrupted', 'done', 'done']);
});

describe('a channel that hangs', () => {
  async function withFinding(): Promise<void> {
    await world.query(
      `UPDATE orders SET "platformFee" = NULL WHERE id = (SELECT min(id) FROM orders WHERE status = 'DELIVERED')`,
    );
    onTestFinished(
      async () =>
        void (await world.query(
          `UPDATE orders SET "platformFee" = ("totalAmount" * 2 + 50) / 100 WHERE status = 'DELIVERED'`,
        )),
    );
  }

  it('is given up, and changes no verdict', async () => {
    await withFinding();
    const [slack, ping] = [await listen(HANG), await listen({ status: 200, body: 'OK' })];
    const { code, stdout, stderr } = await world.nightly(['--apply', '--notify', 'slack', '--ping', `${ping.url}/id`], {
      env: { SLACK_WEBHOOK_URL: slack.url },
    });
    expect(code).toBe(1);
    expect(stdout).toContain('orders.platform-fee-missing');
    expect(stderr).toBe('warning: Slack did not take the message: no answer within 10 s.\n');
    expect(slack.received).toHaveLength(3);
    expect(ping.received.map(({ path }) => path)).toEqual(['/id/start', '/id/1']);
  });

  it('is not waited for by a night that is told to stop', async () => {
    const ping = await listen({ status: 200, body: 'OK' });
    const slack = await listen(HANG);
    await withFinding();
    const { child, ended } = startProgram(['nightly', '--apply', '--notify', 'slack', '--ping', `${ping.url}/id`], {
      env: { DATABASE_URL: world.url, SLACK_WEBHOOK_URL: `${slack.url}/hook` },
      cwd: world.folder,
    });
    await expect.poll(() => [slack.received.length, ping.received.length], { timeout: 30_000 }).toEqual([1, 2]);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143, stdout: '' });
    expect(ping.received.map(({ path }) => path)).toEqual(['/id/start', '/id/1', '/id/143']);
  });
});
