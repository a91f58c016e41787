import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Pool } from '../../src/db/pool.js';
import { inSession } from '../../src/db/session.js';
import { type AttemptOptions, processEvent } from '../../src/webhooks/attempt.js';
import { claimEvent, readInboxEvent } from '../../src/webhooks/claim.js';
import { HANDLERS } from '../../src/webhooks/handlers/index.js';
import { predict } from '../../src/webhooks/predict.js';
import { LIMITS, poolOf } from '../db/pool.js';
import { succeeded, text, type WorkWorld, workWorld } from './work-world.js';

let world: WorkWorld;
let pool: Pool;
let options: AttemptOptions;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());
beforeEach(async () => {
  await world.clear();
  pool = await poolOf(world.url);
  const runId = randomUUID();
  await world.query(
    `INSERT INTO ops.runs (id, command, arguments, version, host, started_at, status) VALUES ($1, 'webhooks replay', '{}', '0', 'h', now(), 'running')`,
    [runId],
  );
  options = {
    runId,
    timezone: 'America/New_York',
    sold: ['PAID', 'PREPARING', 'READY', 'DELIVERED'],
    isReplay: true,
    limits: LIMITS,
    signal: new AbortController().signal,
  };
});

/** Everything that an attempt may write, as text. */
const contents = async () =>
  JSON.stringify(
    await world.rows(
      `SELECT 'orders' AS t, to_jsonb(o) AS row FROM orders o UNION ALL SELECT 'customers', to_jsonb(c) FROM customers c
       UNION ALL SELECT 'messages', to_jsonb(s) FROM sms_logs s UNION ALL SELECT 'inbox', to_jsonb(i) FROM ops.webhook_inbox i
       UNION ALL SELECT 'ledger', to_jsonb(l) FROM ops.change_log l UNION ALL SELECT 'runs', to_jsonb(r) FROM ops.runs r
       UNION ALL SELECT 'attempts', to_jsonb(a) FROM ops.webhook_attempts a UNION ALL SELECT 'replies', to_jsonb(r) FROM ops.webhook_replies r
       ORDER BY 1, 2`,
    ),
  );

const tried = (id: number) => predict(pool, (session) => readInboxEvent(session, id), options);

const claim = (id: number, from: Parameters<typeof claimEvent>[2]) =>
  inSession(pool, { mode: 'write', limits: LIMITS }, (session) => claimEvent(session, id, from, randomUUID()));

/** Of the day on which a text came: around midnight that is not today. */
async function menuOfDay(at: Date): Promise<void> {
  await world.add('business_customers', { id: 'b1', assignedPhoneNumber: '+14705550199' });
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format(at);
  await world.add('menus', { id: 'm1', date: day });
  await world.add('menu_items', { id: 'i1', menuId: 'm1', price: 500 });
}

it('what is read of each type of event can be printed as a JSON Schema', () => {
  expect(HANDLERS.size).toBeGreaterThan(10);
  for (const [type, { schema }] of HANDLERS) {
    expect(JSON.stringify(z.toJSONSchema(schema, { io: 'input' })), type).toMatch(/"type":"object"/);
  }
});

describe('a prediction', () => {
  it('says what an attempt would change, and changes nothing', async () => {
    await world.add('customers', { id: 'c1', totalOrders: 0, totalSpent: 0 });
    await world.add('orders', { id: 'o1', customerId: 'c1', status: 'CONFIRMED', paymentId: null, totalAmount: 2500 });
    const [id = 0] = await world.deliver(succeeded('o1'));
    const before = await contents();
    expect(await tried(id)).toMatchObject({
      result: 'processed',
      text: 'Paid: the order went from CONFIRMED to PAID.',
      task: null,
      changes: [
        { table: 'orders', row: 'o1', before: { status: 'CONFIRMED' }, after: { status: 'PAID', paymentId: 'pi_1' } },
        { table: 'customers', row: 'c1', before: { totalOrders: 0 }, after: { totalOrders: 1, totalSpent: 2500 } },
      ],
    });
    expect(await contents()).toBe(before);
  });

  it('sees what waits, is dead, or would ask for a refund', async () => {
    await world.add('orders', { id: 'gone', status: 'CANCELLED' });
    const ids = await world.deliver(succeeded('never'), succeeded('gone'), succeeded('o1'), text('1'));
    await world.query(`UPDATE ops.webhook_payloads SET body = 'nonsense' WHERE event_id = $1`, [ids[2]]);
    const before = await contents();
    const results = [];
    for (const id of ids) results.push(await tried(id));
    expect(results.map(({ result, task, changes }) => [result, task, changes.length])).toEqual([
      ['waiting', null, 0],
      ['processed', 'refund needed', 0],
      ['dead', null, 0],
      ['processed', null, 2],
    ]);
    expect(await contents()).toBe(before);
  });
});

describe('an event that a person replays', () => {
  it('is cooked although it is stale, and once only', async () => {
    const receivedAt = new Date(Date.now() - 40 * 60_000);
    await menuOfDay(receivedAt);
    const [id = 0] = await world.deliver({ ...text('1'), receivedAt: receivedAt.toISOString() });
    await world.work();
    expect((await world.inbox())[0]).toMatchObject({ status: 'dead', dead: 'stale' });
    for (const from of ['dead', 'processed'] as const) {
      const event = await claim(id, [from]);
      if (event === null) throw new Error(`it is not ${from}`);
      expect(event.attempt).toBe(1);
      expect(await processEvent(pool, event, options)).toMatchObject({ result: 'processed' });
    }
    expect(await world.row('SELECT count(*)::int AS n FROM orders')).toEqual({ n: 1 });
    expect(await world.row(`SELECT count(*)::int AS n FROM sms_logs WHERE direction = 'INBOUND'`)).toEqual({ n: 1 });
    expect(await world.rows('SELECT body FROM ops.webhook_replies')).toHaveLength(1);
    expect((await world.inbox())[0]?.outcome).toMatch(/^Order c\w+ was made from it already\.$/);
  });

  it('is not taken from whoever is at work on it, nor out of a state that was not asked for', async () => {
    const [id = 0] = await world.deliver(succeeded('o1'));
    expect(await claim(id, ['dead'])).toBeNull();
    expect(await claim(id, ['pending', 'processing'])).toMatchObject({ id, attempt: 1 });
    expect(await claim(id, ['pending', 'processing'])).toBeNull();
  });

  it('is left as it is when its lease is another’s', async () => {
    await world.add('orders', { id: 'o1', status: 'PENDING', paymentId: null });
    const [id = 0] = await world.deliver(succeeded('o1'));
    const event = await claim(id, ['pending']);
    if (event === null) throw new Error('it was not taken');
    await world.query(`UPDATE ops.webhook_inbox SET lease_token = gen_random_uuid()`);
    const before = await contents();
    expect(await processEvent(pool, event, options)).toMatchObject({ result: 'lost' });
    await world.query(`UPDATE ops.webhook_inbox SET lease_token = $1, lease_until = now() - interval '1 ms'`, [
      event.token,
    ]);
    expect(await processEvent(pool, event, options)).toMatchObject({ result: 'lost' });
    expect((await contents()).replaceAll(/"lease_(?:token|until)":"[^"]*"/g, '')).toBe(
      before.replaceAll(/"lease_(?:token|until)":"[^"]*"/g, ''),
    );
  });
});
