import type { TestDatabase } from '../harness/database.js';
import { expectedCustomers } from '../segments/expected.js';

export interface Definitions {
  /** The instant of the refresh, ISO 8601 in UTC. */
  now: string;
  timezone?: string;
  sold?: readonly string[];
}

export interface Summaries {
  stats: Record<string, unknown>[];
  scores: Record<string, unknown>[];
  health: Record<string, unknown>[];
  kpis: Record<string, unknown>[];
}

/** What the summary tables say now; of the tables by day, only today. Numbers as numbers, days as text. */
export async function presentSummaries(database: TestDatabase, day: string): Promise<Summaries> {
  const rows = async (sql: string) => (await database.query(sql)).rows;
  return {
    stats: await rows(
      `SELECT business_day::text AS day, business_id AS business, orders::int, pending_orders::int AS pending,
         confirmed_orders::int AS confirmed, paid_orders::int AS paid, preparing_orders::int AS preparing,
         ready_orders::int AS ready, delivered_orders::int AS delivered, cancelled_orders::int AS cancelled,
         sold_orders::int AS sold, gmv_cents::float8 AS gmv, fee_cents::float8 AS fees, customers::int,
         new_customers::int AS newcomers
       FROM ops.daily_order_stats ORDER BY business_day, business_id COLLATE "C"`,
    ),
    scores: await rows(
      `SELECT customer_id AS id, recency_score AS r, frequency_score AS f, monetary_score AS m, frequency::int,
         monetary_cents::int AS monetary, to_char(last_sold_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last,
         segment, category
       FROM ops.customer_rfm_scores WHERE until IS NULL ORDER BY customer_id COLLATE "C"`,
    ),
    health: await rows(
      `SELECT business_id AS business, subscription_status AS status, subscription_tier AS tier, is_active AS active,
         mrr_cents AS mrr, has_number AS numbered, monthly_limit AS "limit", current_usage AS usage, orders_28d::int AS orders,
         sold_orders_28d::int AS sold, gmv_28d_cents::float8 AS gmv, fee_28d_cents::float8 AS fees, last_sold_day::text AS last
       FROM ops.business_health WHERE day = '${day}' ORDER BY business_id COLLATE "C"`,
    ),
    kpis: await rows(
      `SELECT kpi_id AS id, value, unit FROM ops.kpi_snapshots WHERE day = '${day}' ORDER BY kpi_id COLLATE "C"`,
    ),
  };
}

/** The same, written once more from the definitions and straight from the platform's tables: no sums of sums, no windows. */
export async function expectedSummaries(
  database: TestDatabase,
  { now, timezone = 'America/New_York', sold = ['PAID', 'PREPARING', 'READY', 'DELIVERED'] }: Definitions,
): Promise<Summaries> {
  const rows = async (sql: string) => (await database.query(`${ORDER} ${sql}`, [timezone, sold, now])).rows;
  const scores = await expectedCustomers(database, { timezone, sold: [...sold] });
  return {
    stats: await rows(STATS),
    scores: scores.filter(({ segment }) => segment !== null).map((row) => ({ ...row })),
    health: await rows(HEALTH),
    kpis: await rows(KPIS),
  };
}

/** Orders with their wall clock in the business time zone; `today` is one row. */
const ORDER = `
  WITH placed AS MATERIALIZED (
    SELECT id, "customerId" AS customer, "businessId" AS business, status::text AS status, "totalAmount" AS amount,
      "platformFee" AS fee, "createdAt" AS at, (("createdAt"::text || '+00')::timestamptz AT TIME ZONE $1::text) AS wall,
      status IN (SELECT unnest($2::text[])::"OrderStatus") AS sold
    FROM orders
  ), today AS (SELECT date_trunc('day', $3::timestamptz AT TIME ZONE $1) AS midnight)`;

const STATS = `
  SELECT wall::date::text AS day, coalesce(business, '') AS business, count(*)::int AS orders,
    sum((status = 'PENDING')::int)::int AS pending, sum((status = 'CONFIRMED')::int)::int AS confirmed,
    sum((status = 'PAID')::int)::int AS paid, sum((status = 'PREPARING')::int)::int AS preparing,
    sum((status = 'READY')::int)::int AS ready, sum((status = 'DELIVERED')::int)::int AS delivered,
    sum((status = 'CANCELLED')::int)::int AS cancelled, sum(sold::int)::int AS sold,
    sum(CASE WHEN sold THEN amount ELSE 0 END)::float8 AS gmv,
    sum(CASE WHEN sold AND fee IS NOT NULL THEN fee ELSE 0 END)::float8 AS fees,
    count(DISTINCT CASE WHEN sold THEN customer END)::int AS customers,
    sum((sold AND NOT EXISTS (
      SELECT FROM placed p WHERE p.customer = o.customer AND p.sold AND (p.at < o.at OR p.at = o.at AND p.id < o.id)
    ))::int)::int AS newcomers
  FROM placed o GROUP BY wall::date, coalesce(business, '') ORDER BY 1, coalesce(business, '') COLLATE "C"`;

const HEALTH = `
  SELECT b.id AS business, b."subscriptionStatus" AS status, b."subscriptionTier" AS tier, b."isActive" AS active,
    CASE WHEN b."subscriptionStatus" !~* '^active$' THEN 0 WHEN b."subscriptionTier" = 'starter' THEN 3500
      WHEN b."subscriptionTier" = 'pro' THEN 9500 END AS mrr,
    b."assignedPhoneNumber" IS NOT NULL AND b."assignedPhoneNumber" !~ '^ *$' AS numbered,
    b."monthlyLimit" AS "limit", b."currentUsage" AS usage, count(o.id)::int AS orders, count(o.id) FILTER (WHERE o.sold)::int AS sold,
    coalesce(sum(o.amount) FILTER (WHERE o.sold), 0)::float8 AS gmv, coalesce(sum(o.fee) FILTER (WHERE o.sold), 0)::float8 AS fees,
    (SELECT max(p.wall)::date::text FROM placed p WHERE p.business = b.id AND p.sold AND p.wall < midnight + interval '1 day') AS last
  FROM business_customers b CROSS JOIN today
  LEFT JOIN placed o ON o.business = b.id AND o.wall >= midnight - interval '28 days' AND o.wall < midnight
  GROUP BY b.id, midnight ORDER BY b.id COLLATE "C"`;

const KPIS = `
  SELECT * FROM (VALUES
    ('active_customers', (SELECT count(*) FROM customers WHERE "isActive")::float8, 'count'),
    ('active_subscriptions', (SELECT count(*) FROM business_customers WHERE "subscriptionStatus" ~* '^active$'), 'count'),
    ('aov', (SELECT sum(amount)::float8 / nullif(count(*), 0) FROM placed WHERE sold), 'cents'),
    ('businesses_total', (SELECT count(*) FROM business_customers), 'count'),
    ('businesses_with_number', (SELECT count(*) FROM business_customers WHERE "assignedPhoneNumber" !~ '^ *$'), 'count'),
    ('businesses_without_number', (SELECT count(*) FROM business_customers WHERE coalesce("assignedPhoneNumber", '') ~ '^ *$'), 'count'),
    ('mrr', (SELECT 3500 * count(*) FILTER (WHERE "subscriptionTier" = 'starter') + 9500 * count(*) FILTER (WHERE "subscriptionTier" = 'pro')
             FROM business_customers WHERE "subscriptionStatus" ~* '^active$'), 'cents'),
    ('paid_orders', (SELECT count(*) FROM placed WHERE sold), 'count'),
    ('platform_fees', (SELECT coalesce(sum(fee), 0) FROM placed WHERE sold), 'cents'),
    ('sms_today', (SELECT count(*) FROM sms_logs CROSS JOIN today
                   WHERE date_trunc('day', ("createdAt"::text || '+00')::timestamptz AT TIME ZONE $1) = midnight), 'count'),
    ('todays_orders', (SELECT count(*) FROM placed CROSS JOIN today WHERE date_trunc('day', wall) = midnight), 'count'),
    ('total_customers', (SELECT count(*) FROM customers), 'count'),
    ('total_orders', (SELECT count(*) FROM orders), 'count'),
    ('total_revenue', (SELECT coalesce(sum(amount), 0) FROM placed WHERE sold), 'cents')
  ) AS kpi (id, value, unit)`;
