import { SmsfoodError } from '../errors.js';
import { isSold, ofBusiness, startOfDay } from './fragments.js';
import {
  type KpiReport,
  liveSource,
  metricsOf,
  numberOf,
  type Plan,
  type Row,
  type Scope,
  type Series,
  seriesRows,
  textOf,
} from './kpi.js';
import { addDays, lastDays } from './period.js';
import { day, instant, raw, type Sql, sql } from './sql.js';

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

const MRR = `CASE WHEN lower("subscriptionStatus") <> 'active' THEN 0
    ELSE CASE "subscriptionTier" WHEN 'starter' THEN 3500 WHEN 'pro' THEN 9500 END END`;
const MOVEMENT = ['mrr_new', 'mrr_expansion', 'mrr_contraction', 'mrr_churned'] as const;

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
  const from = sql`${day(addDays(scope.clock.day, -28))}`;
  return sql`SELECT "businessId" AS business_id, count(*) AS sold_orders, sum("totalAmount") AS gmv FROM orders
  WHERE ${isSold(scope)} AND "createdAt" >= ${startOfDay(scope, from)} AND "createdAt" < ${instant(scope.today.starts)}
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
  count(*) FILTER (WHERE coalesce(btrim("assignedPhoneNumber"), '') <> '') AS with_number,
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

/** The state at an end of the period is that of the last snapshot of the day before. */
function movement(scope: Scope): Sql {
  const [opening, closing] = ends(scope);
  const snapshot = (of: string) =>
    sql`SELECT business_id, coalesce(mrr_cents, 0) AS mrr FROM ops.business_health WHERE day = ${day(of)}${ofBusiness(scope, 'business_id')}`;
  const present = sql`SELECT id AS business_id, coalesce(${raw(MRR)}, 0) AS mrr FROM business_customers WHERE true${ofBusiness(scope, 'id')}`;
  return sql`WITH opening AS (
  ${snapshot(opening)}
), closing AS (
  ${closing === null ? present : snapshot(closing)}
), both_ends AS (
  SELECT coalesce(o.mrr, 0) AS was, coalesce(c.mrr, 0) AS is FROM opening o FULL JOIN closing c USING (business_id)
)
SELECT coalesce(sum("is") FILTER (WHERE was = 0), 0) AS mrr_new,
  coalesce(sum("is" - was) FILTER (WHERE was > 0 AND "is" > was), 0) AS mrr_expansion,
  coalesce(sum(was - "is") FILTER (WHERE "is" > 0 AND "is" < was), 0) AS mrr_contraction,
  coalesce(sum(was) FILTER (WHERE "is" = 0), 0) AS mrr_churned,
  EXISTS (SELECT FROM ops.business_health WHERE day = ${day(opening)}) AS "hasOpening",
  ${closing === null ? raw('true') : sql`EXISTS (SELECT FROM ops.business_health WHERE day = ${day(closing)})`} AS "hasClosing",
  (SELECT min(h.day) FROM ops.business_health h) AS oldest, (SELECT max(h.day) FROM ops.business_health h) AS newest
FROM both_ends`;
}

/** The days of the snapshots; the end is the present where the period reaches up to today. */
function ends({ period, clock }: Scope): [opening: string, closing: string | null] {
  return [addDays(period.from, -1), period.to >= clock.day ? null : addDays(period.to, -1)];
}

/** Without both ends the movement is unknown. Throws NOT_FOUND where the period was asked for. */
function readMovement(scope: Scope, row: Row | undefined): { values: Record<string, unknown>; notes: string[] } {
  const [opening, closing] = ends(scope);
  if (row === undefined)
    return {
      values: {},
      notes: [
        'The movement of MRR is unknown: it needs daily snapshots (`smsfood db install`, then `smsfood refresh` every day).',
      ],
    };
  if (row.hasOpening === true && row.hasClosing === true)
    return { values: Object.fromEntries(MOVEMENT.map((id) => [id, numberOf(row[id])])), notes: [] };
  const missing = row.hasOpening === true ? closing : opening;
  const [oldest, newest] = [textOf(row.oldest), textOf(row.newest)];
  const kept = oldest === null ? 'none is kept yet' : `the oldest is of ${oldest}, the newest of ${newest}`;
  const what = `there is no snapshot of the businesses of ${missing}; ${kept}`;
  if (scope.isAsked)
    throw new SmsfoodError(
      'NOT_FOUND',
      `The movement of MRR in that period is unknown: ${what}.`,
      'A day without `smsfood refresh` stays missing. Without --from and --to the report shows everything else.',
    );
  return { values: {}, notes: [`The movement of MRR is unknown: ${what}.`] };
}

/** Days without a snapshot are there, with nothing in them. */
function history(scope: Scope): Sql {
  const { period } = scope;
  return sql`WITH health AS (
  SELECT day, coalesce(sum(mrr_cents), 0) AS mrr, count(*) FILTER (WHERE lower(subscription_status) = 'active') AS active
  FROM ops.business_health
  WHERE day >= ${day(period.from)} AND day < ${day(period.to)}${ofBusiness(scope, 'business_id')}
  GROUP BY day
)
SELECT d::date AS day, h.mrr, h.active
FROM generate_series(greatest(${day(period.from)}, (SELECT min(day) FROM health))::timestamp, (SELECT max(day) FROM health)::timestamp, interval '1 day') AS d
  LEFT JOIN health h ON h.day = d::date
ORDER BY 1`;
}

const HISTORY = {
  id: 'mrr_history',
  title: 'MRR by day',
  columns: [
    { key: 'day', label: 'Day', unit: 'id' },
    { key: 'mrr', label: 'MRR', unit: 'cents' },
    { key: 'active', label: 'Active', unit: 'count' },
  ],
  drawn: ['mrr'],
  shown: 0,
} as const satisfies Omit<Series, 'rows'>;

function gaps(days: readonly Row[]): string[] {
  const missing = days.flatMap((row) => (row.mrr === null ? [textOf(row.day)] : []));
  if (missing.length === 0) return [];
  return [
    `${missing.length} of the days have no snapshot, and nothing is made up for them: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}.`,
  ];
}
