import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { makeFolder } from '../harness/folder.js';
import {
  inbound,
  type ReceiverProcess,
  sendStripe,
  sendTwilio,
  startReceiverProcess,
  statusOf,
  stripeEvent,
} from './receiver.js';

let database: TestDatabase;
const spool = makeFolder();
beforeAll(async () => {
  database = await cloneWithOps();
});
afterAll(async () => {
  await database.drop();
  spool.remove();
});

const start = (argv: readonly string[] = []) =>
  startReceiverProcess({ databaseUrl: database.url, spool: spool.path, argv });

/** Sends events from many senders until nobody answers. Resolves to the keys that were acknowledged, and the other answers. */
async function load({ url }: ReceiverProcess, round: string): Promise<{ acknowledged: string[]; others: number[] }> {
  const acknowledged: string[] = [];
  const others: number[] = [];
  const sender = async (name: string) => {
    for (let count = 0; ; count++) {
      const id = `${round}_${name}_${count}`;
      const isStripe = count % 2 === 0;
      const sent = isStripe
        ? sendStripe(url, stripeEvent(`evt_${id}`))
        : sendTwilio(url, '/webhooks/twilio/status', statusOf(id, 'sent'));
      const status = await sent.then(
        (response) => response.status,
        () => null,
      );
      if (status === null) return;
      if (status === 200) acknowledged.push(isStripe ? `evt_${id}` : `${id}:sent:`);
      else others.push(status);
      if (status === 503) return;
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => sender(String(index))));
  return { acknowledged, others };
}

async function missing(keys: readonly string[]): Promise<string[]> {
  const { rows } = await database.query<{ key: string }>(
    `SELECT key FROM unnest($1::text[]) AS key EXCEPT SELECT dedupe_key FROM ops.webhook_inbox JOIN ops.webhook_payloads ON event_id = id`,
    [keys],
  );
  return rows.map(({ key }) => key);
}

const stored = async () =>
  Number((await database.query('SELECT count(*) AS count FROM ops.webhook_inbox')).rows[0]?.count);

describe('a receiver under load', { timeout: 60_000 }, () => {
  it.each([1, 2, 3])('that is killed has stored what it acknowledged (%i)', async (round) => {
    const receiver = await start();
    const before = await stored();
    const loading = load(receiver, `kill${round}`);
    await expect.poll(async () => (await stored()) - before, { interval: 20, timeout: 20_000 }).toBeGreaterThan(200);
    receiver.kill('SIGKILL');
    const { acknowledged, others } = await loading;
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(others).toEqual([]);
    expect(await missing(acknowledged)).toEqual([]);
  });

  it('that is told to stop takes nothing more, finishes and ends in 10 seconds', async () => {
    const receiver = await start(['--workers', '1']);
    const before = await stored();
    const loading = load(receiver, 'term');
    await expect.poll(async () => (await stored()) - before, { interval: 20, timeout: 20_000 }).toBeGreaterThan(200);
    const told = performance.now();
    receiver.kill('SIGTERM');
    expect(await receiver.ended).toBe(143);
    expect(performance.now() - told).toBeLessThan(10_000);
    const { acknowledged, others } = await loading;
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(new Set([...others, 503])).toEqual(new Set([503]));
    expect(await missing(acknowledged)).toEqual([]);
    const { rows } = await database.query(
      `SELECT (SELECT count(*) FROM ops.webhook_inbox WHERE status = 'processing') AS held, status, exit_code FROM ops.runs WHERE command = 'webhooks serve' ORDER BY started_at DESC LIMIT 1`,
    );
    expect(rows).toEqual([{ held: '0', status: 'interrupted', exit_code: 143 }]);
  });

  it('answers what is under way, also an SMS that waits for its reply', async () => {
    const receiver = await start();
    const text = sendTwilio(receiver.url, '/webhooks/twilio/sms', inbound('SM_waiting'));
    await expect.poll(() => missing(['SM_waiting'])).toEqual([]);
    receiver.kill('SIGTERM');
    expect((await text).status).toBe(200);
    expect(await receiver.ended).toBe(143);
  });
});
