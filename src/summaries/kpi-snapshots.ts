import { HAS_NUMBER, MRR } from '../business-sql.js';
import { type BusinessClock, startOfDay } from '../db/business-clock.js';
import type { Session } from '../db/session.js';
import { rowsWritten, type Written } from './written.js';

/** The overview, straight from the platform's tables: also exact where orders were deleted since the last full pass. */
const STATEMENT = `
  WITH today AS (
    SELECT ${startOfDay('$1::date', '$2')} AS starts, ${startOfDay('$1 + 1', '$2')} AS ends
  ), sale AS (
    SELECT count(*) AS orders, count(*) FILTER (WHERE is_sold) AS sold,
      coalesce(sum("totalAmount") FILTER (WHERE is_sold), 0) AS gmv, coalesce(sum("platformFee") FILTER (WHERE is_sold), 0) AS fees,
      count(*) FILTER (WHERE "createdAt" >= starts AND "createdAt" < ends) AS today
    FROM (SELECT "createdAt", "totalAmount", "platformFee", status::text = ANY ($3::text[]) AS is_sold FROM orders) AS o
    CROSS JOIN today
  ), person AS (
    SELECT count(*) AS total, count(*) FILTER (WHERE "isActive") AS active FROM customers
  ), message AS (
    SELECT count(*) AS today FROM sms_logs CROSS JOIN today WHERE "createdAt" >= starts AND "createdAt" < ends
  ), business AS (
    SELECT count(*) AS total, count(*) FILTER (WHERE ${HAS_NUMBER}) AS numbered,
      count(*) FILTER (WHERE lower(b."subscriptionStatus") = 'active') AS subscribed, coalesce(sum(${MRR}), 0) AS mrr
    FROM business_customers b
  ), value AS MATERIALIZED (
    SELECT v.kpi_id, v.value, v.unit
    FROM sale, person, message, business, LATERAL (VALUES
      ('total_customers', person.total::float8, 'count'),
      ('active_customers', person.active, 'count'),
      ('total_orders', sale.orders, 'count'),
      ('paid_orders', sale.sold, 'count'),
      ('total_revenue', sale.gmv, 'cents'),
      ('todays_orders', sale.today, 'count'),
      ('sms_today', message.today, 'count'),
      ('platform_fees', sale.fees, 'cents'),
      ('aov', sale.gmv::float8 / nullif(sale.sold, 0), 'cents'),
      ('businesses_total', business.total, 'count'),
      ('businesses_with_number', business.numbered, 'count'),
      ('businesses_without_number', business.total - business.numbered, 'count'),
      ('active_subscriptions', business.subscribed, 'count'),
      ('mrr', business.mrr, 'cents')
    ) AS v (kpi_id, value, unit)
  ), removed AS (
    DELETE FROM ops.kpi_snapshots t
    WHERE t.day = $1 AND NOT EXISTS (SELECT FROM value v WHERE v.kpi_id = t.kpi_id)
    RETURNING 1
  ), changed AS (
    SELECT v.kpi_id FROM value v LEFT JOIN ops.kpi_snapshots t ON t.day = $1 AND t.kpi_id = v.kpi_id
    WHERE t.kpi_id IS NULL OR ROW(t.value, t.unit) IS DISTINCT FROM ROW(v.value, v.unit)
  ), written AS (
    INSERT INTO ops.kpi_snapshots AS t (day, kpi_id, value, unit, computed_at)
    SELECT $1, kpi_id, value, unit, transaction_timestamp() FROM value
    ON CONFLICT (day, kpi_id) DO UPDATE
    SET value = excluded.value, unit = excluded.unit, computed_at = excluded.computed_at
  )
  SELECT (SELECT count(*) FROM changed) AS changed, (SELECT count(*) FROM removed) AS removed`;

/** The overview of today as it is now; earlier days stay as they were seen then. */
export async function refreshKpiSnapshots(
  session: Session,
  { day, timezone }: BusinessClock,
  sold: readonly string[],
): Promise<Written> {
  return rowsWritten(session, STATEMENT, [day, timezone, sold]);
}
