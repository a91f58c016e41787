import { type Cohort, cohortCells, lifetimeValue, readCohorts } from './cohort-cells.js';
import { isSold, ofBusiness, periodQuery } from './fragments.js';
import { type KpiReport, liveSource, metricsOfPeriods, type Plan, type Scope, type Series } from './kpi.js';
import { lastDays } from './period.js';
import { instant, integer, join, raw, type Sql, sql } from './sql.js';

const REPEAT_DAYS = [30, 60, 90] as const;

const repeatRate = (days: number) =>
  ({
    label: `Second order within ${days} days`,
    unit: 'ratio',
    text: `Of the customers whose first sold order is at least ${days} days old at the end of the period: those with a second one within ${days} days of it.`,
  }) as const;

const DEFINITIONS = {
  buying_customers: {
    label: 'Active customers',
    unit: 'count',
    text: 'Customers with at least one sold order in the period: usually the last 28 complete days.',
  },
  new_customers: { label: 'New', unit: 'count', text: 'Of these, whose first sold order ever lies in the period.' },
  returning_customers: { label: 'Returning', unit: 'count', text: 'The others of these.' },
  orders_per_customer: {
    label: 'Orders a customer',
    unit: 'number',
    text: 'Sold orders of the period divided by its active customers.',
  },
  repeat_rate_30: repeatRate(30),
  repeat_rate_60: repeatRate(60),
  repeat_rate_90: repeatRate(90),
  churned_customers: {
    label: 'Churned (inferred)',
    unit: 'count',
    text: 'Customers who have bought, but not in the last 60 days (kpi.churnDays) of the period. Inferred: nobody says goodbye to a phone number.',
  },
  churn_rate: {
    label: 'Churn (inferred)',
    unit: 'ratio',
    text: 'Of the customers with a sold order in the 60 days (kpi.churnDays) before the last 60: those without one in the last 60.',
  },
} as const satisfies KpiReport['definitions'];

export const customers: KpiReport = {
  id: 'customers',
  summary: 'active, new, repeating and lost customers, and what they are worth by age',
  definitions: DEFINITIONS,
  period: (clock) => lastDays(28, clock),
  range: 'period',
  compares: true,
  business: 'orders',
  plan,
};

function plan(scope: Scope): Plan {
  return {
    source: liveSource(scope),
    statements: [behaviour(scope), cohortCells(scope)],
    shape: ([rows = [], cells = []]) => ({
      metrics: metricsOfPeriods(DEFINITIONS, rows),
      series: [ltvSeries(readCohorts(cells, scope.clock.day))],
      notes: [
        `Churn is inferred: no sold order for ${scope.churnDays} days. Nothing in the database says that a customer has left.`,
      ],
    }),
  };
}

/** Each period is seen from its end: what came later does not count. */
function behaviour(scope: Scope): Sql {
  const { period, previous, churnDays } = scope;
  const ends = previous !== null && previous.ends > period.ends ? previous.ends : period.ends;
  const churn = sql`${integer(churnDays)} * interval '1 day'`;
  const rates = REPEAT_DAYS.map((days) => {
    const age = raw(`interval '${days} days'`);
    return sql`count(*) FILTER (WHERE first_at <= p.ends - ${age} AND second_at <= first_at + ${age})::float8
    / nullif(count(*) FILTER (WHERE first_at <= p.ends - ${age}), 0) AS ${raw(`repeat_rate_${days}`)}`;
  });
  return sql`WITH ${periodQuery(scope)}, sale AS (
  SELECT "customerId" AS id, "createdAt" AS at, row_number() OVER (PARTITION BY "customerId" COLLATE "C" ORDER BY "createdAt", id COLLATE "C") AS place
  FROM orders WHERE ${isSold(scope)} AND "createdAt" < ${instant(ends)}${ofBusiness(scope)}
), customer AS (
  SELECT p.period, s.id, min(s.at) AS first_at, min(s.at) FILTER (WHERE s.place = 2) AS second_at, max(s.at) AS last_at,
    count(*) FILTER (WHERE s.at >= p.starts) AS orders,
    bool_or(s.at >= p.ends - 2 * ${churn} AND s.at < p.ends - ${churn}) AS was_active
  FROM sale s JOIN period p ON s.at < p.ends
  GROUP BY p.period, s.id
)
SELECT p.period, count(c.id) FILTER (WHERE orders > 0) AS buying_customers,
  count(c.id) FILTER (WHERE first_at >= p.starts) AS new_customers,
  count(c.id) FILTER (WHERE orders > 0 AND first_at < p.starts) AS returning_customers,
  (sum(orders) / nullif(count(*) FILTER (WHERE orders > 0), 0))::float8 AS orders_per_customer,
  ${join(rates, ',\n  ')},
  count(*) FILTER (WHERE last_at < p.ends - ${churn}) AS churned_customers,
  count(*) FILTER (WHERE was_active AND last_at < p.ends - ${churn})::float8 / nullif(count(*) FILTER (WHERE was_active), 0) AS churn_rate
FROM period p LEFT JOIN customer c ON c.period = p.period
GROUP BY p.period, p.starts, p.ends`;
}

const LTV = {
  id: 'ltv',
  title: 'Platform revenue to date of a customer, by age of the cohort',
  columns: [
    { key: 'age', label: 'Months after the first', unit: 'count' },
    { key: 'customers', label: 'Customers old enough', unit: 'count' },
    { key: 'ltv', label: 'Revenue a customer', unit: 'cents' },
  ],
  shown: 13,
} as const satisfies Omit<Series, 'rows'>;

function ltvSeries(cohorts: readonly Cohort[]): Series {
  const oldest = cohorts.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  const rows = Array.from({ length: oldest }, (_, age) => {
    const { customers: number, cents } = lifetimeValue(cohorts, age);
    return { age, customers: number, ltv: cents };
  });
  return { ...LTV, rows };
}
