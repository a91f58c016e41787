import type pg from 'pg';
import type { ReconcileWorld } from './world.js';

/** What the platform's own code did meanwhile. */
export interface Written {
  transactions: number;
  errors: string[];
}

/** One transaction of the platform: an order added, paid or cancelled, and the totals with it, rightly or wrongly. */
const TRANSACTIONS: readonly (readonly string[])[] = [
  // Taken and paid at once.
  [
    `INSERT INTO orders (id, "customerId", "menuId", items, "totalAmount", status, "createdAt", "updatedAt")
     VALUES ($2, $1, 'spared-menu', '[]', 700, 'PAID', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')`,
    `UPDATE customers SET "totalOrders" = "totalOrders" + 1, "totalSpent" = "totalSpent" + 700, "lastOrderAt" = now() AT TIME ZONE 'UTC',
       "updatedAt" = now() AT TIME ZONE 'UTC' WHERE id = $1 AND $2 <> ''`,
  ],
  // Counted although it is not paid.
  [
    `UPDATE customers SET "totalOrders" = "totalOrders" + 1, "totalSpent" = "totalSpent" + 900 WHERE id = $1 AND $2 <> ''`,
    `INSERT INTO orders (id, "customerId", "menuId", items, "totalAmount", status, "createdAt", "updatedAt")
     VALUES ($2, $1, 'spared-menu', '[]', 900, 'PENDING', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')`,
  ],
  // Cancelled, and taken from the totals.
  [
    `WITH cancelled AS (
       UPDATE orders SET status = 'CANCELLED', "updatedAt" = now() AT TIME ZONE 'UTC'
       WHERE id = (SELECT id FROM orders WHERE "customerId" = $1 AND status = 'PAID' AND $2 <> '' LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING "totalAmount"
     )
     UPDATE customers SET "totalOrders" = "totalOrders" - 1, "totalSpent" = "totalSpent" - c."totalAmount" FROM cancelled c WHERE id = $1`,
  ],
  // Cancelled, and nobody told the totals.
  [
    `UPDATE orders SET status = 'CANCELLED', "updatedAt" = now() AT TIME ZONE 'UTC'
     WHERE id = (SELECT id FROM orders WHERE "customerId" = $1 AND $2 <> '' ORDER BY random() LIMIT 1)`,
  ],
];

/** Four writers at work, on random ones of these customers, until `stop` is called. */
export async function startWriters(world: ReconcileWorld, customers: number): Promise<{ stop(): Promise<Written> }> {
  const written: Written = { transactions: 0, errors: [] };
  let isStopped = false;
  let orders = 0;
  const clients = await Promise.all(Array.from({ length: 4 }, () => world.connect()));
  const work = async (client: pg.Client) => {
    while (!isStopped) {
      const customer = `c${Math.floor(Math.random() * customers)}`;
      const id = `c${Date.now().toString(36).padStart(8, '0')}w${String(++orders).padStart(15, '0')}`;
      const statements = TRANSACTIONS[Math.floor(Math.random() * TRANSACTIONS.length)] ?? [];
      try {
        await client.query('BEGIN');
        for (const statement of statements) await client.query(statement, [customer, id]);
        await client.query('COMMIT');
        written.transactions++;
      } catch (error) {
        written.errors.push(String(error));
        await client.query('ROLLBACK');
      }
    }
  };
  const working = Promise.all(clients.map(work));
  return {
    async stop() {
      isStopped = true;
      await working;
      return written;
    },
  };
}

/** Ids of the customers whose totals are not those of their sold orders, by SQL of our own. */
export async function wrongCustomers(world: ReconcileWorld): Promise<string[]> {
  const rows = await world.rows<{ id: string }>(
    `SELECT c.id FROM customers c
     LEFT JOIN (SELECT "customerId", count(*) AS n, sum("totalAmount") AS s, max("createdAt") AS m FROM orders
                WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED') GROUP BY 1) o ON o."customerId" = c.id
     WHERE c."totalOrders" <> coalesce(o.n, 0) OR c."totalSpent" <> coalesce(o.s, 0)
       OR (c."lastOrderAt" IS NULL) <> (o.m IS NULL) OR abs(extract(epoch FROM c."lastOrderAt" - o.m)) > 86400`,
  );
  return rows.map(({ id }) => id);
}

/** Customers c0, c1, … with a few orders each, and totals that count all of them twice. */
export async function seedDrift(world: ReconcileWorld, customers: number): Promise<void> {
  await world.rows(`SELECT make('orders', '{"id": "spared-order"}')`);
  await world.rows(
    `INSERT INTO customers (id, "phoneNumber", "totalOrders", "totalSpent", "lastOrderAt", "updatedAt")
     SELECT 'c' || n, '+1404' || (5000000 + n), 4, 4000, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC' FROM generate_series(0, $1::int - 1) n`,
    [customers],
  );
  await world.rows(
    `INSERT INTO orders (id, "customerId", "menuId", items, "totalAmount", status, "createdAt", "updatedAt")
     SELECT 'c' || substr(md5(n::text || k), 1, 24), 'c' || n, 'spared-menu', '[]', 1000, 'DELIVERED', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
     FROM generate_series(0, $1::int - 1) n, generate_series(1, 2) k`,
    [customers],
  );
  await world.rows('ANALYZE');
}
