import { afterAll, beforeAll, expect, it } from 'vitest';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { makeFolder } from '../harness/folder.js';
import { hostileRequests, provokeAll } from './hostile.js';
import { sendStripe, startReceiverProcess, stripeEvent } from './receiver.js';

let database: TestDatabase;
const spool = makeFolder();
beforeAll(async () => {
  database = await cloneWithOps();
});
afterAll(async () => {
  await database.drop();
  spool.remove();
});

it('1,000 hostile requests: no answer of 500 or more but 503, and the receiver goes on', async () => {
  const receiver = await startReceiverProcess({ databaseUrl: database.url, spool: spool.path });
  const seen = await provokeAll(receiver.url, hostileRequests(1_000, 1), 20);
  const bad = [...seen].filter(([key]) => / 5\d\d$/.test(key) && !key.endsWith(' 503'));
  expect(bad).toEqual([]);
  expect([...seen.keys()].filter((key) => key.endsWith(' 200'))).toEqual([]);
  // Each status was seen for a kind that asks for it, so the requests arrived as they were meant.
  expect([...seen.keys()]).toEqual(
    expect.arrayContaining([
      'too large: 413',
      'too large in chunks: 413',
      'compressed: 415',
      'headers too large: 431',
      'signed, no event: 400',
      'wrong signature: 429',
    ]),
  );
  expect((await sendStripe(receiver.url, stripeEvent('evt_after'))).status).toBe(200);
  const { rows } = await database.query(
    `SELECT dedupe_key FROM ops.webhook_inbox WHERE dedupe_key NOT IN ('evt_after')`,
  );
  expect(rows).toEqual([]);
  expect(await receiver.stop()).toBe(143);
});
