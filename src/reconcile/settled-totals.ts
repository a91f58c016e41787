import { readNow } from '../db/business-clock.js';
import type { Session } from '../db/session.js';
import { moveWatermark, readWatermark } from '../db/watermark.js';
import { firstIdAt } from './order-ids.js';
import { hasWatermarks, isSameSet, JOB } from './scope.js';

/** The job in ops.watermarks: its time is where the settled orders end. */
const SETTLED_JOB = 'settled_totals';

/** Where the settled totals end; null where they are not there, or the last full pass may have seen what they have not. */
export async function readSettled(session: Session, sold: readonly string[]): Promise<string | null> {
  if (!(await hasWatermarks(session))) return null;
  const settled = await readWatermark(session, SETTLED_JOB);
  const reconciled = await readWatermark(session, JOB);
  if (settled === null || reconciled === null || !isSameSet(settled.soldStatuses, sold)) return null;
  return settled.fullAt >= reconciled.fullAt ? settled.at : null;
}

/** Makes the settled totals anew, of all orders before `until`, in a transaction that sees one instant. */
export async function settle(
  session: Session,
  { until, sold, runId }: { until: string; sold: readonly string[]; runId: string },
): Promise<void> {
  // Others may read the old ones meanwhile: TRUNCATE would make them wait.
  await session.query(
    `WITH settled AS MATERIALIZED (
       SELECT "customerId" AS customer_id, count(*) AS orders, sum("totalAmount") AS spent_cents,
         max("createdAt") AT TIME ZONE 'UTC' AS last_sold_at
       FROM orders WHERE id < $1 AND status = ANY ($2::"OrderStatus"[]) GROUP BY "customerId"
     ), gone AS (
       DELETE FROM ops.settled_totals t WHERE NOT EXISTS (SELECT FROM settled s WHERE s.customer_id = t.customer_id)
     )
     INSERT INTO ops.settled_totals AS t (customer_id, orders, spent_cents, last_sold_at)
     SELECT customer_id, orders, spent_cents, last_sold_at FROM settled
     ON CONFLICT (customer_id) DO UPDATE
     SET orders = excluded.orders, spent_cents = excluded.spent_cents, last_sold_at = excluded.last_sold_at
     WHERE ROW(t.orders, t.spent_cents, t.last_sold_at) IS DISTINCT FROM ROW(excluded.orders, excluded.spent_cents, excluded.last_sold_at)`,
    [firstIdAt(until), sold],
  );
  await moveWatermark(session, SETTLED_JOB, { at: until, fullAt: await readNow(session), runId, sold });
}
