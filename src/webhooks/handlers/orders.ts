import { sqlState } from '../../db/errors.js';
import { type Author, changeRows } from '../../db/ledger.js';
import type { Session } from '../../db/session.js';
import { PermanentError } from '../event.js';

/** What payments have to know of an order. */
export interface Order {
  id: string;
  customerId: string;
  status: string;
  /** Cents. */
  totalAmount: number;
  paymentId: string | null;
  createdAt: string;
}

/**
 * The id of a change of one row. Of `= ANY ($1)` the planner believes that ten rows come, and plans anew for each event
 * what it would otherwise plan once a connection: a third of the time of a payment.
 */
const ONLY_ID = '($1::text[])[1]';

/** 2% of the total, half a cent up. */
const PLATFORM_FEE = `(("totalAmount"::int8 * 2 + 50) / 100)::int4`;

/**
 * The order as it is, ours until the transaction ends, and its customer with it, always in this order, so that two events
 * of one customer never wait for each other both ways. Null where there is none.
 */
export async function lockOrder(session: Session, id: string): Promise<Order | null> {
  const lock = async (customer: string, which: string) => {
    const { rows } = await session.query<Order>(
      `SELECT o.id, o."customerId", o.status::text AS status, o."totalAmount", o."paymentId", o."createdAt"
       FROM orders o ${customer} WHERE o.id = $1 FOR NO KEY UPDATE OF ${which}`,
      [id],
      'repeated',
    );
    return rows[0];
  };
  // Where the foreign key was lost, so may the customer be: the order is paid all the same.
  return (await lock('JOIN customers c ON c.id = o."customerId"', 'o, c')) ?? (await lock('', 'o')) ?? null;
}

/** Of two payment intents that differ, one is too many. What the platform itself puts there (links, demo payments) says nothing. */
export function isAnotherPayment({ paymentId }: Order, id: string | null): boolean {
  return isIntent(paymentId) && isIntent(id) && paymentId !== id;
}

function isIntent(id: string | null): boolean {
  return id?.startsWith('pi_') === true;
}

export interface OrderChange {
  status: string;
  /** Takes the place of whatever is no payment intent; null leaves the order what it has. */
  paymentId: string | null;
  reason: string;
  sold: readonly string[];
}

/**
 * Gives an order that is locked a status and a payment, and a platform fee where it has none; the customer's totals
 * follow by the difference, as the orders of a customer cannot be found without reading all of them. Throws a
 * PermanentError where a total outgrows its column.
 */
export async function changeOrder(session: Session, author: Author, order: Order, change: OrderChange): Promise<void> {
  await changeRows(session, {
    ...author,
    table: 'orders',
    columns: ['status', 'paymentId', 'platformFee'],
    ids: [order.id],
    values: `
      SELECT id, $2::text AS reason, $3::"OrderStatus" AS status, coalesce($4::text, "paymentId") AS "paymentId",
        coalesce("platformFee", ${PLATFORM_FEE}) AS "platformFee"
      FROM orders WHERE id = ${ONLY_ID}`,
    parameters: [change.reason, change.status, isIntent(order.paymentId) ? null : change.paymentId],
    whenLocked: 'held',
    repeated: true,
  });
  const isSold = (status: string) => change.sold.includes(status);
  const step = Number(isSold(change.status)) - Number(isSold(order.status));
  if (step === 0) return;
  await moveTotals(session, author, order, step).catch((error: unknown) => {
    if (sqlState(error) !== '22003') throw error;
    throw new PermanentError(
      'overflow',
      'A total of the customer would outgrow its column (2,147,483,647). Repair it with `smsfood reconcile`, then replay this.',
    );
  });
}

/**
 * One order more, or less. A refund takes lastOrderAt back to what it was before this order moved it, where the ledger
 * knows that and nothing has moved it since. No total goes below zero: it had drifted before.
 */
async function moveTotals(session: Session, author: Author, order: Order, step: number): Promise<void> {
  const isMore = step > 0;
  const lastOrderAt = isMore
    ? 'greatest(c."lastOrderAt", $5::timestamp)'
    : `CASE WHEN c."lastOrderAt" = $5::timestamp AND l.id IS NOT NULL THEN (l.before ->> 'lastOrderAt')::timestamp ELSE c."lastOrderAt" END`;
  await changeRows(session, {
    ...author,
    table: 'customers',
    columns: ['totalOrders', 'totalSpent', 'lastOrderAt'],
    ids: [order.customerId],
    values: `
      SELECT c.id, $2::text AS reason, greatest(least(c."totalOrders", 0), c."totalOrders"::int8 + $3::int8) AS "totalOrders",
        greatest(least(c."totalSpent", 0), c."totalSpent"::int8 + $3::int8 * $4::int8) AS "totalSpent", ${lastOrderAt} AS "lastOrderAt"
      FROM customers c ${isMore ? '' : MOVED_BY}
      WHERE c.id = ${ONLY_ID}`,
    parameters: [
      isMore ? `order ${order.id} was paid` : `order ${order.id} was refunded`,
      step,
      order.totalAmount,
      order.createdAt,
    ],
    whenLocked: 'held',
    repeated: true,
  });
}

/** The event that gave the customer the lastOrderAt of this order (`$5`). */
const MOVED_BY = `LEFT JOIN LATERAL (
    SELECT id, before FROM ops.change_log
    WHERE table_name = 'customers' AND row_id = c.id AND event_id IS NOT NULL AND (after ->> 'lastOrderAt')::timestamp = $5::timestamp
      AND before ->> 'lastOrderAt' IS DISTINCT FROM after ->> 'lastOrderAt'
    ORDER BY id DESC LIMIT 1
  ) l ON true`;
