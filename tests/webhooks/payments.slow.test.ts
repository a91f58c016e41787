import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkout, failed, refunded, stripeEvent, succeeded, type WorkWorld, workWorld } from './work-world.js';

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.clear());

const ORDER = {
  id: 'o1',
  status: 'CONFIRMED',
  paymentId: null,
  platformFee: null,
  customerId: 'c1',
  totalAmount: 2525,
};

/** A customer whose totals say two orders of 100.00 USD, and an order that waits for its payment. */
async function openOrder(order: Record<string, unknown> = {}): Promise<void> {
  const lastOrderAt = '2026-01-01T00:00:00';
  await world.add('customers', { id: order.customerId ?? 'c1', totalOrders: 2, totalSpent: 10_000, lastOrderAt });
  await world.add('orders', { ...ORDER, createdAt: '2026-03-01T12:00:00', ...order });
}

const state = async (order = 'o1', customer = 'c1') => ({
  ...(await world.row(`SELECT status::text AS status, "paymentId", "platformFee" FROM orders WHERE id = $1`, [order])),
  ...(await world.row(
    `SELECT "totalOrders" AS orders, "totalSpent" AS spent, "lastOrderAt"::text AS last FROM customers WHERE id = $1`,
    [customer],
  )),
});
const UNTOUCHED = { orders: 2, spent: 10_000, last: '2026-01-01 00:00:00' };
const PAID = {
  status: 'PAID',
  paymentId: 'pi_1',
  platformFee: 51,
  orders: 3,
  spent: 12_525,
  last: '2026-03-01 12:00:00',
};
const CANCELLED = { ...PAID, ...UNTOUCHED, status: 'CANCELLED' };

/** Each change in the ledger names its event, its run, and what really stands in the row. */
async function expectHonestLedger(): Promise<void> {
  const wrong = await world.rows(
    `WITH last AS (
       SELECT DISTINCT ON (l.table_name, l.row_id, a.key) l.table_name, l.row_id, a.key, a.value
       FROM ops.change_log l, jsonb_each(l.after) a ORDER BY l.table_name, l.row_id, a.key, l.id DESC
     )
     SELECT * FROM last LEFT JOIN LATERAL (
       SELECT to_jsonb(o) AS row FROM orders o WHERE table_name = 'orders' AND o.id = row_id
       UNION ALL SELECT to_jsonb(c) FROM customers c WHERE table_name = 'customers' AND c.id = row_id
     ) t ON true WHERE t.row -> key IS DISTINCT FROM value`,
  );
  expect(wrong).toEqual([]);
  expect(
    await world.rows(
      `SELECT 1 FROM ops.change_log l LEFT JOIN ops.webhook_attempts a ON a.event_id = l.event_id AND a.run_id = l.run_id
         AND a.result = 'processed' WHERE a.id IS NULL`,
    ),
  ).toEqual([]);
}

const NAMES = ['succeeded', 'failed', 'refunded'] as const;
type Name = (typeof NAMES)[number];
const PERMUTATIONS = NAMES.flatMap((first) =>
  NAMES.filter((name) => name !== first).map((second): [Name, Name, Name] => [
    first,
    second,
    NAMES.find((name) => name !== first && name !== second) ?? first,
  ]),
);

describe('a payment', () => {
  it('makes an order PAID once, with fee and totals, whichever event tells it', async () => {
    await openOrder();
    await world.deliver(succeeded('o1', { amount: 2525 }), checkout({ orderId: 'o1' }, { amount_total: 2525 }));
    await world.work();
    expect(await state()).toEqual(PAID);
    expect((await world.inbox()).map(({ status, outcome }) => [status, outcome])).toEqual(
      expect.arrayContaining([
        ['processed', 'Paid: the order went from CONFIRMED to PAID.'],
        ['processed', 'Paid: the order is PAID already.'],
      ]),
    );
    expect(await world.rows('SELECT table_name, row_id FROM ops.change_log ORDER BY 1')).toEqual([
      { table_name: 'customers', row_id: 'c1' },
      { table_name: 'orders', row_id: 'o1' },
    ]);
    await expectHonestLedger();
  });

  it('ends in the same state after every permutation of succeeded, failed and refunded', async () => {
    const told = { succeeded, failed, refunded };
    const orders = PERMUTATIONS.map((names, index) => ({
      names,
      id: `o${index}`,
      customer: `c${index}`,
      payment: `pi_${index}`,
    }));
    for (const { id, customer } of orders) await openOrder({ id, customerId: customer });
    for (const step of [0, 1, 2] as const) {
      await world.deliver(
        ...orders.map(({ names, id, payment }) => told[names[step]](id, { id: payment, amount: 2525 })),
      );
      await world.work();
    }
    for (const { names, id, customer, payment } of orders) {
      expect(await state(id, customer), names.join(', ')).toEqual({ ...CANCELLED, paymentId: payment });
    }
    expect(await world.rows(`SELECT 1 FROM ops.webhook_inbox WHERE status <> 'processed' OR task IS NOT NULL`)).toEqual(
      [],
    );
    expect(
      await world.rows(`SELECT row_id FROM ops.change_log WHERE table_name = 'orders' GROUP BY 1 HAVING count(*) > 2`),
    ).toEqual([]);
    await expectHonestLedger();
  });

  it('ends in the same state when everything is worked on at once', async () => {
    for (const customer of ['c1', 'c2', 'c3'])
      await world.add('customers', { id: customer, totalOrders: 0, totalSpent: 0, lastOrderAt: null });
    const events = [];
    for (let n = 0; n < 60; n++) {
      const [id, payment, totalAmount] = [`o${n}`, { id: `pi_${n}`, amount: 1000 + n }, 1000 + n];
      await world.add('orders', {
        id,
        customerId: `c${(n % 3) + 1}`,
        totalAmount,
        status: 'PENDING',
        paymentId: null,
        platformFee: null,
      });
      events.push(failed(id, payment), succeeded(id, payment), succeeded(id, payment));
      events.push(checkout({ orderId: id }, { payment_intent: payment.id, amount_total: totalAmount }));
      if (n % 2 === 0) events.push(refunded(id, payment));
    }
    // A shuffle that is the same in every run.
    await world.deliver(...events.toSorted((a, b) => (a.contentHash.compare(b.contentHash) < 0 ? -1 : 1)));
    await world.work({ workers: 8 });
    expect(
      await world.rows(
        `SELECT status::text AS status, count(*)::int AS n, bool_and("paymentId" = 'pi_' || substring(id FROM 2)) AS paid,
           bool_and("platformFee" = round("totalAmount" * 0.02)) AS fee FROM orders GROUP BY 1 ORDER BY 1`,
      ),
    ).toEqual([
      { status: 'CANCELLED', n: 30, paid: true, fee: true },
      { status: 'PAID', n: 30, paid: true, fee: true },
    ]);
    const drift = await world.rows(
      `SELECT c.id FROM customers c LEFT JOIN orders o ON o."customerId" = c.id AND o.status = 'PAID'
       GROUP BY c.id HAVING (c."totalOrders", c."totalSpent") IS DISTINCT FROM (count(o.id), coalesce(sum(o."totalAmount"), 0))`,
    );
    expect(drift).toEqual([]);
    expect(await world.rows(`SELECT 1 FROM ops.webhook_inbox WHERE status <> 'processed' OR task IS NOT NULL`)).toEqual(
      [],
    );
    await expectHonestLedger();
  });

  it('that fails never takes an order back', async () => {
    const statuses = ['PENDING', 'CONFIRMED', 'PAID', 'PREPARING', 'READY', 'DELIVERED', 'CANCELLED'];
    for (const status of statuses) await openOrder({ id: status, customerId: `of-${status}`, status });
    const charge = (orderId: string) =>
      stripeEvent('charge.failed', {
        id: 'ch_1',
        object: 'charge',
        failure_code: 'expired_card',
        metadata: { orderId },
      });
    await world.deliver(...statuses.flatMap((status) => [failed(status), charge(status)]));
    await world.work();
    expect(await world.rows('SELECT 1 FROM orders WHERE status::text <> id')).toEqual([]);
    expect(await world.rows('SELECT 1 FROM ops.change_log')).toEqual([]);
    expect((await world.inbox()).map(({ status, outcome }) => [status, outcome])).toEqual(
      statuses.flatMap((status) =>
        ['card_declined', 'expired_card'].map((code) => [
          'processed',
          `A payment failed (${code}), which is not final: the order stays ${status}.`,
        ]),
      ),
    );
  });

  it('of a CANCELLED order asks for a refund, once, until that is made', async () => {
    await openOrder({ status: 'CANCELLED' });
    await world.deliver(succeeded('o1'), checkout({ orderId: 'o1' }));
    await world.work();
    expect(await state()).toMatchObject({ ...UNTOUCHED, status: 'CANCELLED' });
    expect((await world.inbox()).map(({ status, task }) => [status, task])).toEqual(
      expect.arrayContaining([
        ['processed', 'refund needed'],
        ['processed', null],
      ]),
    );
    await world.deliver(refunded('o1', { part: 100 }));
    await world.work();
    expect((await world.inbox()).filter(({ task }) => task !== null)).toHaveLength(1);
    await world.deliver(refunded('o1'));
    await world.work();
    expect((await world.inbox()).filter(({ task }) => task !== null)).toEqual([]);
    expect((await world.inbox()).at(-1)?.outcome).toBe(
      'Refunded in full: the order stays CANCELLED. The refund that was needed is done.',
    );
    expect(await world.rows('SELECT 1 FROM ops.change_log')).toEqual([]);
  });

  it('that is made twice asks for a refund of the second, which leaves the order alone', async () => {
    await openOrder({ status: 'PREPARING', paymentId: 'pi_1' });
    await world.deliver(succeeded('o1', { id: 'pi_2' }));
    await world.work();
    expect((await world.inbox())[0]).toMatchObject({ status: 'processed', task: 'refund needed' });
    await world.deliver(refunded('o1', { id: 'pi_2' }));
    await world.work();
    expect((await world.inbox()).filter(({ task }) => task !== null)).toEqual([]);
    expect(await state()).toMatchObject({ ...UNTOUCHED, status: 'PREPARING', paymentId: 'pi_1' });
  });

  it('takes the place of what was no payment, and keeps a fee that is there', async () => {
    await openOrder({ id: 'demo', status: 'PAID', paymentId: 'demo_1', platformFee: 7 });
    await openOrder({ id: 'link', customerId: 'c2', status: 'CONFIRMED', paymentId: 'plink_1', platformFee: 7 });
    await world.deliver(succeeded('demo'), succeeded('link'));
    await world.work();
    expect(
      await world.rows('SELECT id, status, "paymentId" AS payment, "platformFee" AS fee FROM orders ORDER BY id'),
    ).toEqual([
      { id: 'demo', status: 'PAID', payment: 'pi_1', fee: 7 },
      { id: 'link', status: 'PAID', payment: 'pi_1', fee: 7 },
    ]);
    expect(await world.row(`SELECT "totalOrders" AS n FROM customers WHERE id = 'c1'`)).toEqual({ n: 2 });
  });

  it('is one also where the customer is gone', async () => {
    await openOrder();
    await world.query(
      `SET session_replication_role = replica; UPDATE orders SET "customerId" = 'gone'; RESET session_replication_role`,
    );
    await world.deliver(succeeded('o1'));
    await world.work();
    expect(await state()).toMatchObject({ ...UNTOUCHED, status: 'PAID', paymentId: 'pi_1' });
    await world.deliver(refunded('o1'));
    await world.work();
    expect(await state()).toMatchObject({ ...UNTOUCHED, status: 'CANCELLED' });
  });

  it('says what is odd about it, and counts', async () => {
    await openOrder({ id: 'less' });
    await openOrder({ id: 'euro', customerId: 'c2' });
    await openOrder({ id: 'unpaid', customerId: 'c3' });
    await world.deliver(
      succeeded('less', { amount: 100 }),
      succeeded('euro', { currency: 'eur' }),
      checkout({ orderId: 'unpaid' }, { payment_status: 'unpaid' }),
      checkout({}),
      stripeEvent('payment_intent.succeeded', {
        id: 'pi_8',
        object: 'payment_intent',
        metadata: { 'Ada Lovelace\0': 7 },
      }),
      stripeEvent('payment_intent.created', { id: 'pi_9', object: 'payment_intent' }),
    );
    await world.work({ workers: 1 });
    expect((await world.inbox()).map(({ status, outcome }) => [status, outcome])).toEqual([
      [
        'processed',
        "Paid: the order went from CONFIRMED to PAID. 1.00 USD was paid, and the order's total is 25.25 USD.",
      ],
      [
        'processed',
        "Paid: the order went from CONFIRMED to PAID. It was paid in EUR, and the order's total is in USD.",
      ],
      ['ignored', 'Nothing is paid yet: payment_status is unpaid.'],
      ['ignored', 'It names neither an order nor a business.'],
      ['ignored', 'It names no order.'],
      ['ignored', 'Nothing is to be done on an event of this type.'],
    ]);
  });

  it('waits for its order, and is an orphan after 15 minutes', async () => {
    await world.deliver(succeeded('o1'), succeeded('never'));
    await world.work();
    expect((await world.inbox()).map(({ status, attempts, outcome }) => [status, attempts, outcome])).toEqual([
      ['waiting', 1, 'There is no order o1 yet.'],
      ['waiting', 1, 'There is no order never yet.'],
    ]);
    await openOrder();
    await world.query(`UPDATE ops.webhook_inbox SET received_at = now() - interval '16 minutes'`);
    await world.makeDue();
    await world.work();
    expect((await world.inbox()).map(({ status, dead, error }) => [status, dead, error])).toEqual([
      ['processed', null, null],
      ['dead', 'orphan', 'There is no order never yet.'],
    ]);
    expect(await world.rows(`SELECT number, result FROM ops.webhook_attempts ORDER BY event_id, number`)).toEqual([
      { number: 1, result: 'waiting' },
      { number: 2, result: 'processed' },
      { number: 1, result: 'waiting' },
      { number: 2, result: 'dead' },
    ]);
  });

  it('is looked for once more when its 15 minutes end', async () => {
    await world.deliver({ ...succeeded('o1'), receivedAt: new Date(Date.now() - 14 * 60_000).toISOString() });
    await world.query('UPDATE ops.webhook_inbox SET attempts = 3'); // the next regular attempt would be in 10 minutes
    await world.makeDue();
    await world.query(`UPDATE ops.webhook_inbox SET status = 'waiting'`);
    await world.work();
    const { seconds } = await world.row(
      `SELECT extract(epoch FROM next_attempt_at - received_at)::float8 AS seconds FROM ops.webhook_inbox WHERE status = 'waiting'`,
    );
    expect(seconds).toBe(15 * 60);
  });

  it('never lets a total outgrow its column, or go below zero', async () => {
    await openOrder({ id: 'rich' });
    await world.query(`UPDATE customers SET "totalSpent" = 2147483647 WHERE id = 'c1'`);
    await openOrder({ id: 'drifted', customerId: 'c2', status: 'PAID', paymentId: 'pi_2' });
    await world.query(`UPDATE customers SET "totalOrders" = 0, "totalSpent" = 0 WHERE id = 'c2'`);
    await world.deliver(succeeded('rich'), refunded('drifted', { id: 'pi_2' }));
    await world.work();
    expect((await world.inbox())[0]).toMatchObject({ status: 'dead', dead: 'overflow', attempts: 1 });
    expect((await world.inbox())[0]?.error).toContain('smsfood reconcile');
    expect(await world.row(`SELECT status FROM orders WHERE id = 'rich'`)).toEqual({ status: 'CONFIRMED' });
    expect(await world.row(`SELECT status FROM orders WHERE id = 'drifted'`)).toEqual({ status: 'CANCELLED' });
    expect(
      await world.row(`SELECT "totalOrders" AS orders, "totalSpent" AS spent FROM customers WHERE id = 'c2'`),
    ).toEqual({
      orders: 0,
      spent: 0,
    });
  });
});

describe('a refund', () => {
  it('leaves a DELIVERED order, and one that is refunded in part, as they are', async () => {
    await openOrder({ id: 'eaten', status: 'DELIVERED', paymentId: 'pi_1' });
    await openOrder({ id: 'partly', customerId: 'c2', status: 'PAID', paymentId: 'pi_2' });
    await openOrder({ id: 'yen', customerId: 'c3', status: 'PAID', paymentId: 'pi_3' });
    await world.deliver(
      refunded('eaten'),
      refunded('partly', { id: 'pi_2', part: 500 }),
      refunded('yen', { id: 'pi_3', part: 500, currency: 'jpy' }),
    );
    await world.work({ workers: 1 });
    expect(await world.rows('SELECT 1 FROM ops.change_log')).toEqual([]);
    expect((await world.inbox()).map(({ outcome }) => outcome)).toEqual([
      'Refunded in full: the order stays DELIVERED.',
      'Refunded in part, 5.00 USD of 25.00 USD: the order stays PAID.',
      'Refunded in part, 500 JPY of 2500 JPY: the order stays PAID.',
    ]);
  });

  it('keeps lastOrderAt where a later order has moved it', async () => {
    await openOrder();
    await world.deliver(succeeded('o1'));
    await world.work();
    await world.add('orders', { ...ORDER, id: 'o2', createdAt: '2026-03-02T12:00:00' });
    await world.deliver(succeeded('o2', { id: 'pi_2' }));
    await world.work();
    await world.deliver(refunded('o1'));
    await world.work();
    expect(await state()).toMatchObject({ status: 'CANCELLED', orders: 3, last: '2026-03-02 12:00:00' });
  });
});

describe('a verified event of another form', () => {
  const OBJECTS: Record<string, unknown>[] = [
    { id: 'pi_1', object: 'payment_intent', metadata: { orderId: 7 } },
    { id: 'pi_1', object: 'payment_intent', metadata: 'o1' },
    { id: 'pi_1', object: 'payment_intent', metadata: ['o1'] },
    { id: 7, object: 'payment_intent', metadata: { orderId: 'o1' } },
    { id: 'pi_1', object: 'payment_intent', metadata: { orderId: 'o1' }, amount_received: '2500' },
    { id: 'pi_1', object: 'payment_intent', metadata: { orderId: 'o1' }, amount_received: -1 },
    { id: 'pi_1', object: 'payment_intent', metadata: { orderId: 'o1' }, amount_received: 1e300 },
    { id: 'pi_1', object: 'payment_intent', metadata: { orderId: 'o\u0000' } },
    { id: 'pi_\u0000', object: 'payment_intent', metadata: { orderId: 'o1' } },
  ];

  it('is dead at once, and says which part of it is wrong without repeating it', async () => {
    await openOrder();
    await world.deliver(...OBJECTS.map((object) => stripeEvent('payment_intent.succeeded', object)));
    for (const type of [
      'checkout.session.completed',
      'charge.refunded',
      'account.updated',
      'customer.subscription.updated',
    ]) {
      await world.deliver(
        stripeEvent(type, { id: 'x', metadata: { orderId: 'o1' }, status: '4045550101 x', payment_status: 'Ada' }),
      );
    }
    const [broken] = await world.deliver(succeeded('o1'));
    await world.query(`UPDATE ops.webhook_payloads SET body = '{"data": ' WHERE event_id = $1`, [broken]);
    await world.work();
    const inbox = await world.inbox();
    expect(inbox.map(({ status, dead, attempts }) => [status, dead, attempts])).toEqual(
      inbox.map(() => ['dead', 'invalid', 1]),
    );
    expect(inbox).toHaveLength(OBJECTS.length + 5);
    expect(inbox[0]?.error).toBe(
      'The payload is not as expected: data.object.metadata.orderId: Invalid input: expected string, received number.',
    );
    expect(inbox.map(({ error }) => error).join()).not.toMatch(/4045550101|Ada/);
    expect(await state()).toMatchObject({ ...UNTOUCHED, status: 'CONFIRMED' });
  });

  it('is dead where its payload is gone', async () => {
    await world.deliver(succeeded('o1'));
    await world.query('DELETE FROM ops.webhook_payloads');
    await world.work();
    expect((await world.inbox())[0]).toMatchObject({ status: 'dead', dead: 'pruned' });
  });

  it('of a type that is called as what every object has is ignored', async () => {
    await world.deliver(stripeEvent('constructor', { id: 'x' }), stripeEvent('__proto__', { id: 'x' }));
    await world.work();
    expect((await world.inbox()).map(({ status }) => status)).toEqual(['ignored', 'ignored']);
  });
});
