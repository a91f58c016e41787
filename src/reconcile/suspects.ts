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
  const { rows } = await session.query<{ id: string }>(touched(access), [
    since.replace(/Z$/, ''), // the platform's columns have no zone
    ...(hasFirstId(access) ? [access.recentId] : []),
  ]);
  const ids = rows.map(({ id }) => id);
  if (access.settledId === null || ids.length === 0) return { touched: ids.length, ids, access };
  const { rows: unlike } = await session.query<{ id: string }>(UNLIKE_SETTLED, [ids, access.settledId, sold]);
  return { touched: ids.length, ids: unlike.map(({ id }) => id), access };
}

/** Where recent orders are found by their ids: from which one on. */
function hasFirstId({ changed, recentId }: Access): boolean {
  return changed === 'ids' && recentId !== null;
}

/** The customers with a row, or an order, from time `$1` on; recent orders are those from id `$2` on, where that is known. */
function touched(access: Access): string {
  const isSince = (alias: string) => `(${alias}."updatedAt" >= $1::timestamp OR ${alias}."createdAt" >= $1)`;
  const order = access.changed === 'index' ? 'o."updatedAt" >= $1::timestamp' : isSince('o');
  return `
    SELECT c.id FROM customers c WHERE ${isSince('c')}
    UNION
    SELECT c.id FROM customers c JOIN orders o ON o."customerId" = c.id
    WHERE ${order} ${hasFirstId(access) ? 'AND o.id >= $2' : ''}
    ORDER BY id`;
}

/** The settled totals may be wrong by an old order that changed since, so they acquit, and convict nobody. */
const UNLIKE_SETTLED = `
  SELECT c.id FROM customers c
  LEFT JOIN ops.settled_totals s ON s.customer_id = c.id
  LEFT JOIN (
    SELECT "customerId" AS id, count(*) AS orders, sum("totalAmount") AS spent, max("createdAt") AS last
    FROM orders WHERE id >= $2 AND status = ANY ($3::"OrderStatus"[]) AND "customerId" = ANY ($1::text[])
    GROUP BY "customerId"
  ) y ON y.id = c.id
  CROSS JOIN LATERAL (
    SELECT coalesce(s.orders, 0) + coalesce(y.orders, 0) AS orders, coalesce(s.spent_cents, 0) + coalesce(y.spent, 0) AS spent,
      greatest(s.last_sold_at AT TIME ZONE 'UTC', y.last) AS last
  ) e
  WHERE c.id = ANY ($1) AND ${differs('c', 'e.orders', 'e.spent', 'e.last')}
  ORDER BY c.id`;
