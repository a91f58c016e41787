import { afterAll, beforeAll, expect, it } from 'vitest';
import { refunded, succeeded, type WorkWorld, workWorld } from './work-world.js';

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());

/**
 * A writer as the platform has them: it changes a customer first, then an order, which is the other way round, and takes
 * its time in between. Resolves to what the database refused.
 */
async function platformWriter(orders: number, until: () => boolean): Promise<string[]> {
  const client = await world.connect();
  const refusals: string[] = [];
  for (let turn = 0; !until(); turn++) {
    const order = `o${(turn * 7) % orders}`;
    try {
      await client.query('BEGIN');
      await client.query(
        `UPDATE customers SET notes = 'x' || $2, "updatedAt" = now() WHERE id = (SELECT "customerId" FROM orders WHERE id = $1)`,
        [order, turn],
      );
      await client.query('SELECT pg_sleep(0.01)');
      await client.query(`UPDATE orders SET notes = 'x' || $2, "updatedAt" = now() WHERE id = $1`, [order, turn]);
      await client.query('COMMIT');
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
      await client.query('ROLLBACK');
    }
  }
  return refusals;
}

it('the platform’s own transactions, in whichever order they lock, never fail because of the workers', async () => {
  const orders = 40;
  for (let n = 0; n < 4; n++)
    await world.add('customers', { id: `c${n}`, totalOrders: 0, totalSpent: 0, lastOrderAt: null });
  for (let n = 0; n < orders; n++) {
    await world.add('orders', {
      id: `o${n}`,
      customerId: `c${n % 4}`,
      totalAmount: 100,
      status: 'PENDING',
      paymentId: null,
    });
  }
  const numbers = Array.from({ length: orders }, (_, n) => n);
  await world.deliver(...numbers.map((n) => succeeded(`o${n}`, { id: `pi_${n}`, amount: 100 })));
  await world.deliver(
    ...numbers.filter((n) => n % 2 === 0).map((n) => refunded(`o${n}`, { id: `pi_${n}`, amount: 100 })),
  );
  let isOver = false;
  const writers = [0, 1].map(() => platformWriter(orders, () => isOver));
  await world.work({ workers: 4 });
  isOver = true;
  expect((await Promise.all(writers)).flat()).toEqual([]);
  // Whoever gave way to the platform is tried again, and ends as if nobody had been in the way.
  const retried = await world.rows(`SELECT DISTINCT error FROM ops.webhook_attempts WHERE result = 'retry'`);
  for (const { error } of retried) expect(error).toBe('canceling statement due to lock timeout (SQLSTATE 55P03).');
  await world.makeDue();
  await world.work({ workers: 1 });
  expect(await world.rows(`SELECT status, last_error FROM ops.webhook_inbox WHERE status <> 'processed'`)).toEqual([]);
  expect(
    await world.rows(
      'SELECT status::text AS status, count(*)::int AS n, sum("totalAmount")::int AS cents FROM orders GROUP BY 1 ORDER BY 1',
    ),
  ).toEqual([
    { status: 'CANCELLED', n: 20, cents: 2000 },
    { status: 'PAID', n: 20, cents: 2000 },
  ]);
  expect(
    await world.row('SELECT sum("totalOrders")::int AS n, sum("totalSpent")::int AS cents FROM customers'),
  ).toEqual({
    n: 20,
    cents: 2000,
  });
});
