import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { makeFolder, temporaryFolder } from '../harness/folder.js';
import { startCluster } from './cluster.js';
import { hostileRequests, provokeAll } from './hostile.js';
import {
  inbound,
  type Receiver,
  type ReceiverProcess,
  sendStripe,
  sendTwilio,
  startReceiver,
  startReceiverProcess,
  statusOf,
  stripeEvent,
} from './receiver.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneWithOps();
});
afterAll(() => database.drop());

function makeSpool(): string {
  const folder = join(temporaryFolder(), 'spool');
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

it('60 seconds without a database, with traffic: nothing acknowledged is lost, nothing is there twice', {
  timeout: 180_000,
}, async () => {
  const [cluster, spool] = [await startCluster(), makeSpool()];
  try {
    const receiver = await startReceiverProcess({ databaseUrl: cluster.url, spool });
    const sent: { at: number; key: string; isStripe: boolean; status: number | null }[] = [];
    let isOver = false;
    const traffic = (async () => {
      for (let count = 0; !isOver; count++) {
        const at = Date.now();
        const isStripe = count % 4 === 0;
        const id = `SM${count}`;
        const sending = isStripe
          ? sendStripe(receiver.url, stripeEvent(`evt_${count}`))
          : sendTwilio(receiver.url, '/webhooks/twilio/status', statusOf(id, 'sent'));
        const entry = { at, key: isStripe ? `evt_${count}` : `${id}:sent:`, isStripe, status: null as number | null };
        sent.push(entry);
        void sending.then(({ status }) => {
          entry.status = status;
        });
        await sleep(20);
      }
    })();
    await sleep(3_000);
    await cluster.stop();
    const [from, until] = [Date.now(), Date.now() + 60_000];
    await sleep(until - Date.now());
    await cluster.start();
    await expect
      .poll(() => readdirSync(spool).filter((name) => name.endsWith('.spool')), { timeout: 30_000 })
      .toEqual([]);
    await sleep(3_000);
    isOver = true;
    await traffic;
    await expect.poll(() => sent.every(({ status }) => status !== null), { timeout: 20_000 }).toBe(true);

    const twilio = sent.filter(({ isStripe }) => !isStripe);
    expect(twilio.map(({ status }) => status)).toEqual(twilio.map(() => 200));
    const during = sent.filter(({ at, isStripe }) => isStripe && at > from + 1_000 && at < until - 1_000);
    expect(during.length).toBeGreaterThan(300);
    expect(during.map(({ status }) => status)).toEqual(during.map(() => 503));
    const acknowledged = sent.filter(({ status }) => status === 200).map(({ key }) => key);
    const rows = await cluster.query<{ key: string; deliveries: number }>(
      'SELECT dedupe_key AS key, delivery_count AS deliveries FROM ops.webhook_inbox ORDER BY id',
    );
    const stored = rows.map(({ key }) => key);
    expect(acknowledged.filter((key) => !new Set(stored).has(key))).toEqual([]);
    expect(rows.filter(({ deliveries }) => deliveries !== 1)).toEqual([]);
    // What went through the spool stands in the order in which it came.
    const spooled = twilio.filter(({ at }) => at > from + 1_000 && at < until - 1_000).map(({ key }) => key);
    expect(stored.filter((key) => new Set(spooled).has(key))).toEqual(spooled);
    expect(await receiver.stop()).toBe(143);
  } finally {
    await cluster.remove();
  }
});

it('10,000 hostile requests: never a 5xx but 503, no crash, and the memory comes back', {
  timeout: 600_000,
}, async () => {
  const receiver = await startReceiverProcess({ databaseUrl: database.url, spool: makeSpool() });
  await provokeAll(receiver.url, hostileRequests(2_000, 7), 20);
  const before = await settledMemory(receiver);
  const seen = await provokeAll(receiver.url, hostileRequests(10_000, 2), 40);
  expect([...seen.keys()].filter((key) => / 5\d\d$/.test(key) && !key.endsWith(' 503'))).toEqual([]);
  expect([...seen.keys()].filter((key) => key.endsWith(' 200'))).toEqual([]);
  expect((await sendStripe(receiver.url, stripeEvent('evt_hostile'))).status).toBe(200);
  await expect.poll(() => settledMemory(receiver), { timeout: 60_000, interval: 2_000 }).toBeLessThan(before + 30);
  expect(await receiver.stop()).toBe(143);
});

/** Resident memory in megabytes, a moment after the last request. */
async function settledMemory({ pid }: ReceiverProcess): Promise<number> {
  await sleep(1_000);
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

describe('slow senders', { timeout: 60_000 }, () => {
  /** Sends a byte now and then, and resolves to the answer and the seconds until the connection was closed. */
  async function trickle(url: string, head: string, drop: string, everyMs: number) {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    const begun = performance.now();
    socket.write(head);
    const timer = setInterval(() => socket.write(drop), everyMs);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(timer);
    return { status: answer.slice(9, 12), seconds: (performance.now() - begun) / 1000 };
  }

  it('are answered 408 in time, while others are served', async () => {
    const receiver = await startReceiverProcess({ databaseUrl: database.url, spool: makeSpool() });
    const head = 'POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n';
    const bodies = Array.from({ length: 100 }, () => trickle(receiver.url, head, 'x', 500));
    const headers = Array.from({ length: 20 }, () =>
      trickle(receiver.url, 'POST /webhooks/stripe HTTP/1.1\r\n', 'X-A: b\r\n', 500),
    );
    const chunks = Array.from({ length: 20 }, () =>
      trickle(
        receiver.url,
        'POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
        '1\r\nx\r\n',
        500,
      ),
    );
    const silent = trickle(receiver.url, '', '', 60_000);
    for (let count = 0; count < 10; count++)
      expect((await sendStripe(receiver.url, stripeEvent(`evt_slow_${count}`))).status).toBe(200);
    const ended = await Promise.all([...bodies, ...headers, ...chunks]);
    expect(ended.map(({ status }) => status)).toEqual(ended.map(() => '408'));
    expect(Math.max(...ended.map(({ seconds }) => seconds))).toBeLessThan(15);
    expect((await silent).seconds).toBeLessThan(40);
    expect(await receiver.stop()).toBe(143);
  });
});

describe('without workers', () => {
  const spool = makeFolder();
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver({ databaseUrl: database.url, spool: spool.path });
  });
  beforeEach(() => database.query('TRUNCATE ops.webhook_inbox CASCADE'));
  afterAll(async () => {
    await receiver.stop();
    spool.remove();
  });

  const inbox = async () =>
    (await database.query<{ status: string }>('SELECT status FROM ops.webhook_inbox ORDER BY id')).rows;

  it('the reply to an SMS is empty where nobody has worked on the message in time', { timeout: 15_000 }, async () => {
    const begun = performance.now();
    const response = await sendTwilio(receiver.url, '/webhooks/twilio/sms', inbound('SM1'));
    expect(await response.text()).toBe('<?xml version="1.0" encoding="UTF-8"?><Response/>');
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(await inbox()).toMatchObject([{ status: 'pending' }]);
  });

  it('more than 1,000 at once are told to come again, and none of the others is lost', async () => {
    const blocker = await database.connect();
    await blocker.query('BEGIN; LOCK TABLE ops.webhook_inbox IN ACCESS EXCLUSIVE MODE');
    const refused: (string | null)[] = [];
    const requests = Array.from({ length: 1_040 }, async (_, n) => {
      const { status, headers } = await sendStripe(receiver.url, stripeEvent(`evt_${n}`));
      if (status === 503) refused.push(headers.get('retry-after'));
      return status;
    });
    await expect.poll(() => refused, { timeout: 20_000 }).toEqual(Array(40).fill('30'));
    await blocker.query('COMMIT');
    const statuses = await Promise.all(requests);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1_000);
    expect(await inbox()).toHaveLength(1_000);
    expect((await sendStripe(receiver.url, stripeEvent('evt_after'))).status).toBe(200);
  });
});
