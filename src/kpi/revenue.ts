import { dailySales, isSold, ofBusiness, sourceOfDays, startsOf } from './fragments.js';
import {
  changeOf,
  type KpiReport,
  liveSource,
  metricsOfPeriods,
  numberOf,
  type Plan,
  type Row,
  type Scope,
  type Series,
  type Source,
  seriesRows,
} from './kpi.js';
import {
  addDays,
  compared,
  type Day,
  GRAINS,
  lastComplete,
  next,
  type Period,
  startOf,
  usualComparison,
} from './period.js';
import { day, instant, join, raw, type Sql, sql, text } from './sql.js';

const DEFINITIONS = {
  orders: { label: 'Orders', unit: 'count', text: 'Orders created in the period, of every status.' },
  sold_orders: { label: 'Sold orders', unit: 'count', text: 'Of these, in a sold status by now.' },
  gmv: { label: 'GMV', unit: 'cents', text: 'Sum of totalAmount of the sold orders.' },
  platform_revenue: {
    label: 'Platform revenue',
    unit: 'cents',
    text: 'Sum of platformFee of the sold orders, as stored and never recomputed; orders without one add nothing.',
  },
  take_rate: { label: 'Take rate', unit: 'ratio', text: 'Platform revenue divided by GMV: a ratio of the two sums.' },
  aov: { label: 'Average order', unit: 'cents', text: 'GMV divided by sold orders.' },
  aov_median: {
    label: 'Median order',
    unit: 'cents',
    text: 'The totalAmount that half of the sold orders stay below. The summary tables do not have it: --fresh does.',
  },
} as const satisfies KpiReport['definitions'];

/** How many days, weeks or months the trend goes back. */
const TREND_LENGTH = { day: 28, week: 13, month: 13 } as const;

export const revenue: KpiReport = {
  id: 'revenue',
  summary: 'GMV, platform revenue, take rate and average order: by day, week and month, compared',
  definitions: DEFINITIONS,
  period: (clock, grain) => lastComplete(grain, clock),
  range: 'period',
  compares: true,
  business: 'orders',
  plan,
};

function plan(scope: Scope): Plan {
  const source = scope.period.until === null ? sourceOfDays(scope) : liveSource(scope);
  const glance = scope.isAsked ? [] : glanceOf(scope);
  return {
    source,
    statements: [totals(scope, source, glance), trend(scope, source)],
    shape: ([rows = [], trendRows = []]) => ({
      metrics: metricsOfPeriods(DEFINITIONS, rows),
      series: [
        ...(glance.length === 0 ? [] : [glanceSeries(glance, rows)]),
        { ...TREND, title: `By ${scope.grain}`, rows: seriesRows(TREND.columns, trendRows) },
      ],
      notes: source.kind === 'summaries' ? ['The median needs the orders: `smsfood kpi revenue --fresh` has it.'] : [],
    }),
  };
}

interface Glance {
  id: string;
  period: Period;
  before: Period | null;
}

/** The last complete day, week and month, each with its like. */
function glanceOf({ clock, comparison }: Scope): Glance[] {
  return GRAINS.map((grain) => {
    const period = lastComplete(grain, clock);
    const how = comparison === 'none' || comparison === 'yoy' ? comparison : usualComparison(period);
    return { id: `last ${grain}`, period, before: compared(period, how) };
  });
}

/** All of them in one statement: a period has a name, days for the summaries, and instants for the orders. */
function totals(scope: Scope, source: Source, glance: readonly Glance[]): Sql {
  const main = [
    { name: 'current', ...scope.period },
    ...(scope.previous === null ? [] : [{ name: 'previous', ...scope.previous }]),
  ].map(
    ({ name, from, to, starts, ends }) =>
      sql`(${text(name)}, ${day(from)}, ${day(to)}, ${instant(starts)}, ${instant(ends)})`,
  );
  const more = glance.flatMap(({ id, period, before }) => [
    wholeDays(scope, id, period),
    ...(before === null ? [] : [wholeDays(scope, `${id} before`, before)]),
  ]);
  const periods = sql`period (period, from_day, to_day, starts, ends) AS (VALUES ${join([...main, ...more], ', ')})`;
  const figures =
    raw(`coalesce(t.orders, 0) AS orders, coalesce(t.sold_orders, 0) AS sold_orders, coalesce(t.gmv, 0) AS gmv,
  coalesce(t.platform_revenue, 0) AS platform_revenue, t.platform_revenue::float8 / nullif(t.gmv, 0) AS take_rate,
  t.gmv::float8 / nullif(t.sold_orders, 0) AS aov, t.aov_median`);
  const sums =
    source.kind === 'summaries'
      ? sql`SELECT p.period, sum(orders)::bigint AS orders, sum(sold_orders)::bigint AS sold_orders, sum(gmv_cents)::bigint AS gmv,
    sum(fee_cents)::bigint AS platform_revenue, NULL::float8 AS aov_median
  FROM ops.daily_order_stats s JOIN period p ON s.business_day >= p.from_day AND s.business_day < p.to_day
  WHERE s.business_day >= (SELECT min(from_day) FROM period)${ofBusiness(scope, 'business_id')}
  GROUP BY p.period`
      : sql`SELECT p.period, count(*) AS orders, count(*) FILTER (WHERE is_sold) AS sold_orders, sum("totalAmount") FILTER (WHERE is_sold) AS gmv,
    coalesce(sum("platformFee") FILTER (WHERE is_sold), 0) AS platform_revenue,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY "totalAmount") FILTER (WHERE is_sold) AS aov_median
  FROM (
    SELECT "createdAt", "totalAmount", "platformFee", ${isSold(scope)} AS is_sold FROM orders
    WHERE "createdAt" >= (SELECT min(starts) FROM period)${ofBusiness(scope)}
  ) AS o JOIN period p ON o."createdAt" >= p.starts AND o."createdAt" < p.ends
  GROUP BY p.period`;
  return sql`WITH ${periods}, total AS (
  ${sums}
)
SELECT p.period, ${figures}
FROM period p LEFT JOIN total t ON t.period = p.period`;
}

function wholeDays(scope: Scope, name: string, { from, to }: Period): Sql {
  return sql`(${text(name)}, ${day(from)}, ${day(to)}, ${startsOf(scope, from)}, ${startsOf(scope, to)})`;
}

const GLANCE_COLUMNS = [
  { key: 'period', label: 'Period', unit: 'id' },
  { key: 'from', label: 'From', unit: 'id' },
  { key: 'to', label: 'To, not incl.', unit: 'id' },
  { key: 'sold_orders', label: 'Sold orders', unit: 'count' },
  { key: 'gmv', label: 'GMV', unit: 'cents' },
  { key: 'gmv_before', label: 'Before', unit: 'cents' },
  { key: 'change', label: 'Change', unit: 'ratio' },
] as const satisfies Series['columns'];

function glanceSeries(glance: readonly Glance[], rows: readonly Row[]): Series {
  const of = (name: string) => rows.find(({ period }) => period === name);
  return {
    id: 'periods',
    title: 'The last complete day, week and month',
    columns: GLANCE_COLUMNS,
    rows: glance.map(({ id, period: { from, to } }) => {
      const [now, before] = [of(id), of(`${id} before`)].map((row) => numberOf(row?.gmv));
      return {
        ...{ period: id, from, to, sold_orders: numberOf(of(id)?.sold_orders), gmv: now ?? null },
        ...{ gmv_before: before ?? null, change: changeOf(now ?? null, before ?? null, 'ratio') },
      };
    }),
  };
}

interface Range {
  /** The first day of the first bucket, which may begin before the range does. */
  first: Day;
  from: Day;
  /** Not included. */
  to: Day;
  /** Days from here on are not over. */
  complete: Day;
  ends: string;
}

/** Of a period that was asked for, all of it; else the usual number of complete days, weeks or months. */
function rangeOf({ period, isAsked, grain, clock, today }: Scope): Range {
  if (!isAsked) {
    const to = startOf(grain, clock.day);
    const first = next(grain, to, -TREND_LENGTH[grain]);
    return { first, from: first, to, complete: to, ends: today.starts };
  }
  const { from, until, ends } = period;
  const complete = until?.slice(0, 10) ?? period.to;
  return { first: startOf(grain, from), from, to: until === null ? complete : addDays(complete, 1), complete, ends };
}

const TREND = {
  id: 'trend',
  columns: [
    { key: 'from', label: 'From', unit: 'id' },
    { key: 'orders', label: 'Orders', unit: 'count' },
    { key: 'sold_orders', label: 'Sold', unit: 'count' },
    { key: 'gmv', label: 'GMV', unit: 'cents' },
    { key: 'platform_revenue', label: 'Platform revenue', unit: 'cents' },
    { key: 'partial', label: 'Partial', unit: 'text' },
  ],
  drawn: ['gmv'],
  shown: 14,
  showsNewest: true,
} as const satisfies Omit<Series, 'title' | 'rows'>;

/** A bucket that sticks out of the range, or is still running, is partial. */
function trend(scope: Scope, source: Source): Sql {
  const { first, from, to, complete, ends } = rangeOf(scope);
  const step = raw(`interval '1 ${scope.grain}'`);
  return sql`WITH sales AS (
  ${dailySales(scope, source, from, { day: to, instant: ends })}
), bucket AS (
  SELECT b::date AS from_day, (b + ${step})::date AS to_day
  FROM generate_series(${day(first)}::timestamp, ${day(to)}::timestamp - interval '1 day', ${step}) AS b
)
SELECT b.from_day AS "from", coalesce(sum(orders), 0)::bigint AS orders, coalesce(sum(sold_orders), 0)::bigint AS sold_orders,
  coalesce(sum(gmv), 0)::bigint AS gmv, coalesce(sum(platform_revenue), 0)::bigint AS platform_revenue,
  b.from_day < ${day(from)} OR b.to_day > ${day(complete)} AS partial
FROM bucket b LEFT JOIN sales s ON s.day >= b.from_day AND s.day < b.to_day AND s.day < ${day(to)}
GROUP BY b.from_day, b.to_day
ORDER BY 1`;
}
