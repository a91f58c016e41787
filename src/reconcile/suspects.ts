import type { Session } from '../db/session.js';
import { type Access, readAccess } from './access.js';
import { differs } from './drift.js';

export interface Suspects {
  /** Customers who, or whose orders, changed since. */
  touched: number;
  /** Those among them who have to be judged by all of their orders. */
  ids: string[];
  access: Access;
}

/** Whom an incremental run has to judge: who, or whose orders, changed since, less those whose totals are seen to be right. */
export async function findSuspects(
  session: Session,
  { since, sold, now }: { since: string; sold: readonly string[]; now: string },
): Promise<Suspects> {
  const access = await readAccess(session, { since, sold, now });
  const { settledId } = access;
  const { rows } = await session.query<{ touched: number; ids: string[] | null }>(
    `WITH ${touched(access)} ${settledId === null ? ALL_TOUCHED : UNLIKE_SETTLED}`,
    [
      since.replace(/Z$/, ''), // the platform's columns have no zone
      ...(access.recentId === null ? [] : [access.recentId]),
      ...(settledId === null ? [] : [settledId, sold]),
    ],
  );
  return { touched: rows[0]?.touched ?? 0, ids: rows[0]?.ids ?? [], access };
}

/** `recent`: the orders from id `$2` on. `touched`: the customers with an order, or a row, from time `$1` on. */
function touched({ changed, recentId }: Access): string {
  const isSince = (alias: string) => `(${alias}."updatedAt" >= $1::timestamp OR ${alias}."createdAt" >= $1)`;
  const recent = `recent AS MATERIALIZED (
      SELECT id, "customerId", "totalAmount", "createdAt", "updatedAt", status FROM orders WHERE id >= $2
    ),`;
  const order = {
    index: 'orders o WHERE o."updatedAt" >= $1::timestamp',
    ids: `recent o WHERE ${isSince('o')}`,
    scan: `orders o WHERE ${isSince('o')}`,
  };
  return `${recentId === null ? '' : recent}
    touched AS MATERIALIZED (
      SELECT c.id, c."totalOrders", c."totalSpent", c."lastOrderAt" FROM customers c
      WHERE ${isSince('c')} OR c.id IN (SELECT o."customerId" FROM ${order[changed]})
    )`;
}

const ALL_TOUCHED = 'SELECT count(*) AS touched, array_agg(id ORDER BY id) AS ids FROM touched';

/** The settled totals may be wrong by an old order that changed since, so they acquit, and convict nobody. */
const UNLIKE_SETTLED = `, young AS (
    SELECT "customerId" AS id, count(*) AS orders, sum("totalAmount") AS spent, max("createdAt") AS last
    FROM recent WHERE id >= $3 AND status = ANY ($4::"OrderStatus"[]) GROUP BY "customerId"
  ), expected AS (
    SELECT t.id, coalesce(s.orders, 0) + coalesce(y.orders, 0) AS orders, coalesce(s.spent_cents, 0) + coalesce(y.spent, 0) AS spent,
      greatest(s.last_sold_at AT TIME ZONE 'UTC', y.last) AS last
    FROM touched t LEFT JOIN ops.settled_totals s ON s.customer_id = t.id LEFT JOIN young y ON y.id = t.id
  )
  SELECT count(*) AS touched, array_agg(t.id ORDER BY t.id) FILTER (WHERE ${differs('t', 'e.orders', 'e.spent', 'e.last')}) AS ids
  FROM touched t JOIN expected e ON e.id = t.id`;
