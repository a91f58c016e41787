import type { Session } from '../db/session.js';
import { driftQueries } from './drift.js';
import { findCustomer } from './find-customer.js';
import { type Totals, utc } from './plan.js';
import { hasWatermarks } from './scope.js';

export interface ExplainedOrder {
  id: string;
  createdAt: string;
  updatedAt: string;
  status: string;
  cents: number;
  /** True where the order was taken by SMS: such orders have no business. */
  isBySms: boolean;
  isCounted: boolean;
}

/** A change of the customer's totals by smsfood. */
export interface TotalsChange {
  at: string;
  run: string;
  command: string;
  reason: string;
  before: Partial<Totals>;
  after: Partial<Totals>;
  isUndone: boolean;
}

export interface Explained {
  now: string;
  customer: string;
  stored: Totals;
  /** What they should be. lastOrderAt is the time of the newest sold order. */
  expected: Totals;
  /** Why they differ, as far as the numbers tell; null where they do not. */
  cause: string | null;
  /** Newest first. */
  orders: ExplainedOrder[];
  /** By what the orders count as: how many, and for how much. */
  statuses: { status: string; isCounted: boolean; orders: number; cents: number }[];
  /** Null where the ledger is not there, or this role may not read it. Oldest first. */
  changes: TotalsChange[] | null;
}

/** The orders behind one customer's totals, and every change that smsfood made to them. Throws NOT_FOUND, USAGE. */
export async function explainTotals(session: Session, wanted: string, sold: readonly string[]): Promise<Explained> {
  const customer = await findCustomer(session, wanted);
  const { rows } = await session.query<Omit<Explained, 'customer' | 'orders' | 'statuses' | 'changes'>>(TOTALS, [
    [customer],
    sold,
  ]);
  const [totals] = rows;
  if (totals === undefined) throw new Error(`customer ${customer} vanished within a snapshot`);
  const { rows: orders } = await session.query<ExplainedOrder>(
    `SELECT id, "createdAt", "updatedAt", status::text AS status, "totalAmount" AS cents, "businessId" IS NULL AS "isBySms",
       status::text = ANY ($2::text[]) AS "isCounted"
     FROM orders WHERE "customerId" = $1 ORDER BY "createdAt" DESC, id DESC`,
    [customer, sold],
  );
  const changes = (await hasWatermarks(session)) ? await readChanges(session, customer) : null;
  return { ...totals, customer, orders, statuses: byStatus(orders), changes };
}

const TOTALS = `
  WITH ${driftQueries('ids')}
  SELECT date_trunc('milliseconds', transaction_timestamp()) AS now, d.cause,
    jsonb_build_object('totalOrders', c."totalOrders", 'totalSpent', c."totalSpent", 'lastOrderAt', ${utc('c."lastOrderAt"')}) AS stored,
    jsonb_build_object('totalOrders', coalesce(o.sold_orders, 0), 'totalSpent', coalesce(o.sold_spent, 0),
      'lastOrderAt', ${utc('o.sold_last')}) AS expected
  FROM customers c LEFT JOIN sold_of o ON o.id = c.id LEFT JOIN drift d ON d.id = c.id
  WHERE c.id = ANY ($1)`;

function byStatus(orders: readonly ExplainedOrder[]): Explained['statuses'] {
  const groups = new Map<string, Explained['statuses'][number]>();
  for (const { status, isCounted, cents } of orders) {
    const group = groups.get(status) ?? { status, isCounted, orders: 0, cents: 0 };
    group.orders++;
    group.cents += cents;
    groups.set(status, group);
  }
  return [...groups.values()].sort((a, b) => Number(b.isCounted) - Number(a.isCounted) || b.orders - a.orders);
}

async function readChanges(session: Session, customer: string): Promise<TotalsChange[]> {
  const { rows } = await session.query<TotalsChange>(
    `SELECT l.at, l.run_id::text AS run, r.command, l.reason, l.before, l.after, l.undone_by IS NOT NULL AS "isUndone"
     FROM ops.change_log l JOIN ops.runs r ON r.id = l.run_id
     WHERE l.table_name = 'customers' AND l.row_id = $1 AND l.after ?| ARRAY['totalOrders', 'totalSpent', 'lastOrderAt']
     ORDER BY l.id`,
    [customer],
  );
  return rows;
}
