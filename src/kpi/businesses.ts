import { HAS_NUMBER, MRR } from '../business-sql.js';
import { isSold, ofBusiness, startsOf } from './fragments.js';
import { type KpiReport, liveSource, metricsOf, type Plan, type Scope, type Series, seriesRows } from './kpi.js';
import { gaps, HISTORY, history, movement, readMovement } from './mrr-movement.js';
import { addDays, lastDays } from './period.js';
import { instant, raw, type Sql, sql } from './sql.js';

const DEFINITIONS = {
  businesses: { label: 'Businesses', unit: 'count', text: 'Rows of business_customers.' },
  active_subscriptions: { label: 'Active', unit: 'count', text: 'subscriptionStatus is "active", in whatever case.' },
  trials: { label: 'On trial', unit: 'count', text: 'subscriptionStatus is "trial", in whatever case.' },
  suspended: { label: 'Suspended', unit: 'count', text: 'subscriptionStatus is "suspended", in whatever case.' },
  cancelled: {
    label: 'Cancelled',
    unit: 'count',
    text: 'subscriptionStatus is "cancelled" or "canceled", in whatever case.',
  },
  mrr: {
    label: 'MRR',
    unit: 'cents',
    text: 'Monthly recurring revenue of the active subscriptions: starter $35, pro $95.',
  },
  mrr_per_subscription: {
    label: 'MRR a subscription',
    unit: 'cents',
    text: 'MRR divided by the active subscriptions with a known tier.',
  },
  unpriced_subscriptions: {
    label: 'Without a price',
    unit: 'count',
    text: 'Active subscriptions whose tier is neither starter nor pro: they add nothing to MRR, which is too low by them.',
  },
  mrr_new: {
    label: 'MRR: new',
    unit: 'cents',
    text: 'MRR at the end of the period of businesses that had none at its beginning. Needs the daily snapshots of `smsfood refresh`.',
  },
  mrr_expansion: {
    label: 'MRR: expansion',
    unit: 'cents',
    text: 'What others pay more at the end than at the beginning.',
  },
  mrr_contraction: {
    label: 'MRR: contraction',
    unit: 'cents',
    text: 'What others pay less, without those that pay nothing any more.',
  },
  mrr_churned: {
    label: 'MRR: lost',
    unit: 'cents',
    text: 'MRR at the beginning of businesses that have none at the end.',
  },
  onboarded: { label: 'Onboarded', unit: 'count', text: 'onboardingCompleted is set.' },
  stripe_ready: { label: 'Can be paid', unit: 'count', text: 'Stripe allows charges and payouts.' },
  with_number: { label: 'With a number', unit: 'count', text: 'assignedPhoneNumber is neither missing nor blank.' },
  selling: { label: 'Selling', unit: 'count', text: 'Businesses with a sold order in the last 28 complete days.' },
  usage_rate: {
    label: 'Usage',
    unit: 'ratio',
    text: 'Sum of currentUsage divided by the sum of monthlyLimit of the active subscriptions.',
  },
  over_limit: {
    label: 'Over the limit',
    unit: 'count',
    text: 'Active subscriptions whose currentUsage is above their monthlyLimit.',
  },
} as const satisfies KpiReport['definitions'];

export const businesses: KpiReport = {
  id: 'businesses',
  summary: 'MRR and its movement, usage, onboarding, and each business',
  definitions: DEFINITIONS,
  period: (clock) => lastDays(28, clock),
  range: 'period',
  compares: false,
  business: 'orders',
  plan,
};

function plan(scope: Scope): Plan {
  const hasSnapshots = scope.ops.has('business_health');
  return {
    source: { ...liveSource(scope), tables: hasSnapshots ? ['ops.business_health'] : [] },
    statements: [totals(scope), each(scope), ...(hasSnapshots ? [movement(scope), history(scope)] : [])],
    shape([rows = [], list = [], moves, days]) {
      const move = readMovement(scope, moves?.[0]);
      return {
        metrics: metricsOf(DEFINITIONS, { ...rows[0], ...move.values }),
        series: [
          { ...LIST, rows: seriesRows(LIST.columns, list) },
          ...(days === undefined || days.length === 0 ? [] : [{ ...HISTORY, rows: seriesRows(HISTORY.columns, days) }]),
        ],
        notes: [...move.notes, ...gaps(days ?? [])],
      };
    },
  };
}

/** Sold orders of the last 28 complete days by business. */
function recentSales(scope: Scope): Sql {
  const from = addDays(scope.clock.day, -28);
  return sql`SELECT "businessId" AS business_id, count(*) AS sold_orders, sum("totalAmount") AS gmv FROM orders
  WHERE ${isSold(scope)} AND "createdAt" >= ${startsOf(scope, from)} AND "createdAt" < ${instant(scope.today.starts)}
  GROUP BY 1`;
}

function totals(scope: Scope): Sql {
  const active = `lower("subscriptionStatus") = 'active'`;
  return sql`WITH sale AS (
  ${recentSales(scope)}
), business AS (
  SELECT b.id, b."subscriptionStatus", b."subscriptionTier", b."onboardingCompleted", b."stripeChargesEnabled", b."stripePayoutsEnabled",
    b."assignedPhoneNumber", b."currentUsage", b."monthlyLimit", ${raw(MRR)} AS mrr, coalesce(s.sold_orders, 0) AS sold_orders
  FROM business_customers b LEFT JOIN sale s ON s.business_id = b.id
  WHERE true${ofBusiness(scope, 'b.id')}
)
SELECT count(*) AS businesses${raw(`,
  count(*) FILTER (WHERE ${active}) AS active_subscriptions,
  count(*) FILTER (WHERE lower("subscriptionStatus") = 'trial') AS trials,
  count(*) FILTER (WHERE lower("subscriptionStatus") = 'suspended') AS suspended,
  count(*) FILTER (WHERE lower("subscriptionStatus") IN ('cancelled', 'canceled')) AS cancelled,
  coalesce(sum(mrr), 0) AS mrr, sum(mrr)::float8 / nullif(count(*) FILTER (WHERE mrr > 0), 0) AS mrr_per_subscription,
  count(*) FILTER (WHERE mrr IS NULL) AS unpriced_subscriptions,
  count(*) FILTER (WHERE "onboardingCompleted") AS onboarded,
  count(*) FILTER (WHERE "stripeChargesEnabled" AND "stripePayoutsEnabled") AS stripe_ready,
  count(*) FILTER (WHERE ${HAS_NUMBER}) AS with_number,
  count(*) FILTER (WHERE sold_orders > 0) AS selling,
  sum("currentUsage"::bigint) FILTER (WHERE ${active})::float8 / nullif(sum("monthlyLimit"::bigint) FILTER (WHERE ${active}), 0)::float8 AS usage_rate,
  count(*) FILTER (WHERE ${active} AND "currentUsage" > "monthlyLimit") AS over_limit`)}
FROM business`;
}

function each(scope: Scope): Sql {
  return sql`WITH sale AS (
  ${recentSales(scope)}
)
SELECT b.id, b."businessName" AS name, b."subscriptionStatus" AS status, b."subscriptionTier" AS tier, ${raw(MRR)} AS mrr,
  b."currentUsage"::float8 / nullif(b."monthlyLimit", 0) AS usage, coalesce(s.sold_orders, 0) AS sold_orders, coalesce(s.gmv, 0) AS gmv
FROM business_customers b LEFT JOIN sale s ON s.business_id = b.id
WHERE true${ofBusiness(scope, 'b.id')}
ORDER BY gmv DESC, b.id
LIMIT 1000`;
}

const LIST = {
  id: 'businesses',
  title: 'Businesses, by GMV of the last 28 complete days',
  columns: [
    { key: 'id', label: 'Id', unit: 'id' },
    { key: 'name', label: 'Name', unit: 'text' },
    { key: 'status', label: 'Status', unit: 'text' },
    { key: 'tier', label: 'Tier', unit: 'text' },
    { key: 'mrr', label: 'MRR', unit: 'cents' },
    { key: 'usage', label: 'Usage', unit: 'ratio' },
    { key: 'sold_orders', label: 'Sold', unit: 'count' },
    { key: 'gmv', label: 'GMV', unit: 'cents' },
  ],
  shown: 10,
} as const satisfies Omit<Series, 'rows'>;
