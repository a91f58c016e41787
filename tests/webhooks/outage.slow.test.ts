import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { type Cluster, startCluster } from './cluster.js';
import {
  inbound,
  sendEztexting,
  sendStripe,
  sendTwilio,
  startReceiverProcess,
  statusOf,
  stripeEvent,
} from './receiver.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 120_000);
afterEach(async () => {
  await cluster.start();
  await cluster.query('TRUNCATE ops.webhook_inbox CASCADE');
});
afterAll(() => cluster.remove());

const STATUS = '/webhooks/twilio/status';

function makeSpool(): string {
  const folder = join(temporaryFolder(), 'spool');
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

const segments = (spool: string) =>
  readdirSync(spool)
    .filter((name) => name.endsWith('.spool'))
    .sort();

async function keys(): Promise<string[]> {
  const rows = await cluster.query<{ dedupe_key: string }>('SELECT dedupe_key FROM ops.webhook_inbox ORDER BY id');
  return rows.map(({ dedupe_key }) => dedupe_key);
}

describe('while the database is down', { timeout: 90_000 }, () => {
  it('Stripe is told to send again, the others are kept on disk and brought in, in order and once', async () => {
    const spool = makeSpool();
    const receiver = await startReceiverProcess({ databaseUrl: cluster.url, spool });
    expect((await sendTwilio(receiver.url, STATUS, statusOf('SM0', 'sent'))).status).toBe(200);
    await cluster.stop();

    const refused = await sendStripe(receiver.url, stripeEvent('evt_1'));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30']);
    const down = new Date();
    for (const number of [1, 2, 3])
      expect((await sendTwilio(receiver.url, STATUS, statusOf(`SM${number}`, 'sent'))).status).toBe(200);
    // One that the inbox has, and one that the spool has.
    for (const number of [0, 2])
      expect((await sendTwilio(receiver.url, STATUS, statusOf(`SM${number}`, 'sent'))).status).toBe(200);
    expect((await sendEztexting(receiver.url, '/webhooks/eztexting/sms', { id: 'ez1', Message: 'hi' })).status).toBe(
      200,
    );
    const text = await sendTwilio(receiver.url, '/webhooks/twilio/sms', inbound('SM4'));
    expect([text.status, await text.text()]).toEqual([200, '<?xml version="1.0" encoding="UTF-8"?><Response/>']);
    expect((await fetch(`${receiver.url}/livez`)).status).toBe(200);
    const ready = await fetch(`${receiver.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ready: false, reasons: ['the database cannot take events'] },
    ]);
    const metrics = await (await fetch(`${receiver.url}/metrics`)).text();
    expect(metrics).toContain('smsfood_webhooks_spool_events 7\n');
    expect(metrics).toContain('smsfood_webhooks_spooled_total{source="twilio"} 6\n');
    expect(metrics).not.toMatch(/^smsfood_webhooks_(?:pending|dead|waiting|oldest_pending_seconds) /m);
    for (const name of segments(spool)) expect(statSync(join(spool, name)).mode & 0o777).toBe(0o600);

    await cluster.start();
    await expect.poll(() => segments(spool), { timeout: 20_000 }).toEqual([]);
    expect(await keys()).toEqual(['SM0:sent:', 'SM1:sent:', 'SM2:sent:', 'SM3:sent:', 'ez1', 'SM4']);
    const rows = await cluster.query<{ key: string; delivery_count: number; received_at: Date; at_once: boolean }>(
      'SELECT dedupe_key AS key, delivery_count, received_at, next_attempt_at > received_at AS at_once FROM ops.webhook_inbox ORDER BY id',
    );
    expect(rows.map(({ delivery_count }) => delivery_count)).toEqual([2, 1, 2, 1, 1, 1]);
    // When it was received, not when it was brought in.
    for (const { received_at } of rows.slice(1))
      expect(Math.abs(Number(received_at) - Number(down))).toBeLessThan(5_000);
    expect((await sendStripe(receiver.url, stripeEvent('evt_1'))).status).toBe(200);
    expect((await fetch(`${receiver.url}/readyz`)).status).toBe(200);
    expect(await receiver.stop()).toBe(143);
    expect(receiver.stderr()).not.toMatch(/4045550101|MENU/);
  });

  it('a killed receiver starts again without the database, and loses nothing that it acknowledged', async () => {
    const spool = makeSpool();
    const options = { databaseUrl: cluster.url, spool };
    const first = await startReceiverProcess(options);
    await cluster.stop();
    for (const number of [1, 2])
      expect((await sendTwilio(first.url, STATUS, statusOf(`SM${number}`, 'sent'))).status).toBe(200);
    first.kill('SIGKILL');
    await first.ended;
    // What a crash leaves of a record that was being written.
    const [segment = ''] = segments(spool);
    const [record = ''] = readFileSync(join(spool, segment), 'utf8').split('\n');
    appendFileSync(join(spool, segment), record.slice(0, record.length / 2));

    const second = await startReceiverProcess(options);
    expect(second.stderr()).toMatch(/The database is down/);
    expect((await sendTwilio(second.url, STATUS, statusOf('SM3', 'sent'))).status).toBe(200);
    second.kill('SIGKILL');
    await second.ended;
    await cluster.start();
    const third = await startReceiverProcess(options);
    await expect.poll(() => segments(spool), { timeout: 20_000 }).toEqual([]);
    expect(await keys()).toEqual(['SM1:sent:', 'SM2:sent:', 'SM3:sent:']);
    await third.stop();
  });

  it('a spool that was brought in already, and not removed, is no second event', async () => {
    const spool = makeSpool();
    const options = { databaseUrl: cluster.url, spool };
    const first = await startReceiverProcess(options);
    await cluster.stop();
    for (const number of [1, 2]) await sendTwilio(first.url, STATUS, statusOf(`SM${number}`, 'sent'));
    const [segment = ''] = segments(spool);
    const content = readFileSync(join(spool, segment));
    await cluster.start();
    await expect.poll(() => segments(spool), { timeout: 20_000 }).toEqual([]);
    await first.stop();
    writeFileSync(join(spool, segment), content, { mode: 0o600 });
    const second = await startReceiverProcess(options);
    await expect.poll(() => segments(spool), { timeout: 20_000 }).toEqual([]);
    expect(await keys()).toEqual(['SM1:sent:', 'SM2:sent:']);
    await second.stop();
  });

  it('a record that is damaged in the middle costs no other one, and the file is kept', async () => {
    const spool = makeSpool();
    const options = { databaseUrl: cluster.url, spool };
    const first = await startReceiverProcess(options);
    await cluster.stop();
    for (const number of [1, 2, 3]) await sendTwilio(first.url, STATUS, statusOf(`SM${number}`, 'sent'));
    first.kill('SIGKILL');
    await first.ended;
    const [segment = ''] = segments(spool);
    const lines = readFileSync(join(spool, segment), 'utf8').split('\n');
    lines[1] = lines[1]?.replace('SM2', 'SM9') ?? '';
    writeFileSync(join(spool, segment), lines.join('\n'));
    await cluster.start();
    const second = await startReceiverProcess(options);
    await expect.poll(() => segments(spool), { timeout: 20_000 }).toEqual([]);
    expect(await keys()).toEqual(['SM1:sent:', 'SM3:sent:']);
    expect(readdirSync(spool)).toContain(`${segment}.damaged`);
    await expect.poll(() => second.stderr()).toContain(`${segment}.damaged`);
    await second.stop();
  });

  it('a full spool answers 503, and takes again when it was drained', async () => {
    const spool = makeSpool();
    const folder = temporaryFolder({ 'c.json': JSON.stringify({ webhooks: { spoolSize: '64kB' } }) });
    const receiver = await startReceiverProcess({
      databaseUrl: cluster.url,
      spool,
      argv: ['--config', join(folder, 'c.json')],
    });
    await cluster.stop();
    const padding = 'x'.repeat(8_000);
    const statuses: number[] = [];
    for (let number = 0; number < 10; number++)
      statuses.push((await sendTwilio(receiver.url, STATUS, statusOf(`SM${number}`, 'sent', { padding }))).status);
    const kept = statuses.filter((status) => status === 200).length;
    expect(statuses).toEqual([...Array(kept).fill(200), ...Array(10 - kept).fill(503)]);
    expect(kept).toBeGreaterThan(3);
    expect(kept).toBeLessThan(10);
    await cluster.start();
    await expect.poll(() => segments(spool), { timeout: 20_000 }).toEqual([]);
    expect((await keys()).length).toBe(kept);
    expect((await sendTwilio(receiver.url, STATUS, statusOf('SM9', 'sent', { padding }))).status).toBe(200);
    await receiver.stop();
  });
});
