import { HAS_NUMBER, MRR } from '../business-sql.js';
import type { Session } from '../db/session.js';
import { rowsWritten, type Written } from './written.js';

const VALUES = [
  ...['subscription_status', 'subscription_tier', 'is_active', 'mrr_cents', 'has_number', 'monthly_limit'],
  ...['current_usage', 'orders_28d', 'sold_orders_28d', 'gmv_28d_cents', 'fee_28d_cents', 'last_sold_day'],
];
const list = (alias: string) => VALUES.map((name) => `${alias}.${name}`).join(', ');

/** Its orders come from ops.daily_order_stats, which is refreshed before. */
const STATEMENT = `
  WITH sales AS (
    SELECT business_id,
      sum(orders) FILTER (WHERE is_recent) AS orders, sum(sold_orders) FILTER (WHERE is_recent) AS sold_orders,
      sum(gmv_cents) FILTER (WHERE is_recent) AS gmv_cents, sum(fee_cents) FILTER (WHERE is_recent) AS fee_cents,
      max(business_day) FILTER (WHERE sold_orders > 0 AND business_day <= $1) AS last_sold_day
    FROM (SELECT business_day, business_id, orders, sold_orders, gmv_cents, fee_cents,
            business_day >= $1::date - 28 AND business_day < $1 AS is_recent FROM ops.daily_order_stats) AS stats
    GROUP BY business_id
  ), health AS MATERIALIZED (
    SELECT b.id AS business_id, b."subscriptionStatus" AS subscription_status, b."subscriptionTier" AS subscription_tier,
      b."isActive" AS is_active, ${MRR} AS mrr_cents, ${HAS_NUMBER} AS has_number,
      b."monthlyLimit" AS monthly_limit, b."currentUsage" AS current_usage,
      coalesce(s.orders, 0) AS orders_28d, coalesce(s.sold_orders, 0) AS sold_orders_28d,
      coalesce(s.gmv_cents, 0) AS gmv_28d_cents, coalesce(s.fee_cents, 0) AS fee_28d_cents, s.last_sold_day
    FROM business_customers b LEFT JOIN sales s ON s.business_id = b.id
  ), removed AS (
    DELETE FROM ops.business_health t
    WHERE t.day = $1 AND NOT EXISTS (SELECT FROM health h WHERE h.business_id = t.business_id)
    RETURNING 1
  ), changed AS (
    INSERT INTO ops.business_health AS t (day, business_id, ${VALUES.join(', ')}, refreshed_at)
    SELECT $1, h.business_id, ${list('h')}, transaction_timestamp() FROM health h
    ON CONFLICT (day, business_id) DO UPDATE
    SET ${VALUES.map((name) => `${name} = excluded.${name}`).join(', ')}, refreshed_at = excluded.refreshed_at
    WHERE ROW(${list('t')}) IS DISTINCT FROM ROW(${list('excluded')})
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM changed) AS changed, (SELECT count(*) FROM removed) AS removed`;

/** Each business as it is today; earlier days stay as they were seen then. */
export async function refreshBusinessHealth(session: Session, day: string): Promise<Written> {
  return rowsWritten(session, STATEMENT, [day]);
}
