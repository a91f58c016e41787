import { isSold, ofBusiness, periodQuery, withinPeriods } from './fragments.js';
import { type KpiReport, liveSource, metricsOfPeriods, numberOf, type Plan, type Scope, type Series } from './kpi.js';
import { lastDays } from './period.js';
import { instant, type Sql, sql } from './sql.js';

const DEFINITIONS = {
  signups: { label: 'Signed up', unit: 'count', text: 'Customers created in the period.' },
  ordered: {
    label: 'Ordered',
    unit: 'count',
    text: 'Of these, with an order of whatever status by the end of the period.',
  },
  bought: { label: 'Paid', unit: 'count', text: 'Of these, with a sold order created by the end of the period.' },
  order_rate: { label: 'Ordered, of signed up', unit: 'ratio', text: 'Ordered divided by signed up.' },
  purchase_rate: { label: 'Paid, of ordered', unit: 'ratio', text: 'Paid divided by ordered.' },
  conversion_rate: { label: 'Paid, of signed up', unit: 'ratio', text: 'Paid divided by signed up.' },
  hours_to_order: {
    label: 'Hours to the first order',
    unit: 'hours',
    text: 'Median time from signup to the first order of those who ordered. Orders from before the signup count as at once.',
  },
} as const satisfies KpiReport['definitions'];

export const funnel: KpiReport = {
  id: 'funnel',
  summary: 'from signing up to the first order and the first one that is paid',
  definitions: DEFINITIONS,
  period: (clock) => lastDays(28, clock),
  range: 'period',
  compares: true,
  business: 'customers',
  plan,
};

function plan(scope: Scope): Plan {
  return {
    source: liveSource(scope),
    statements: [stages(scope)],
    shape([rows = []]) {
      const metrics = metricsOfPeriods(DEFINITIONS, rows);
      const row = rows.find(({ period }) => period === 'current');
      const signups = numberOf(row?.signups) ?? 0;
      const stage = (name: string, key: string) => {
        const customers = numberOf(row?.[key]) ?? 0;
        return { stage: name, customers, share: signups === 0 ? null : customers / signups };
      };
      return {
        metrics,
        series: [
          { ...STAGES, rows: [stage('signed up', 'signups'), stage('ordered', 'ordered'), stage('paid', 'bought')] },
        ],
        notes: [
          'Both periods are seen from their own ends, so that nobody has had more time. Whose first order is still to come counts as not ordered.',
        ],
      };
    },
  };
}

function stages(scope: Scope): Sql {
  const { period, previous } = scope;
  const ends = previous !== null && previous.ends > period.ends ? previous.ends : period.ends;
  return sql`WITH ${periodQuery(scope)}, first_order AS (
  SELECT "customerId", min("createdAt") AS ordered_at, min("createdAt") FILTER (WHERE ${isSold(scope)}) AS bought_at
  FROM orders WHERE "createdAt" < ${instant(ends)} GROUP BY "customerId"
)
SELECT p.period, count(c.id) AS signups, count(*) FILTER (WHERE ordered_at < p.ends) AS ordered,
  count(*) FILTER (WHERE bought_at < p.ends) AS bought,
  count(*) FILTER (WHERE ordered_at < p.ends)::float8 / nullif(count(c.id), 0) AS order_rate,
  count(*) FILTER (WHERE bought_at < p.ends)::float8 / nullif(count(*) FILTER (WHERE ordered_at < p.ends), 0) AS purchase_rate,
  count(*) FILTER (WHERE bought_at < p.ends)::float8 / nullif(count(c.id), 0) AS conversion_rate,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(extract(epoch FROM ordered_at - c."createdAt") / 3600, 0)::float8)
    FILTER (WHERE ordered_at < p.ends) AS hours_to_order
FROM period p LEFT JOIN (
  SELECT id, "createdAt" FROM customers WHERE ${withinPeriods(scope, '"createdAt"')}${ofBusiness(scope)}
) AS c ON c."createdAt" >= p.starts AND c."createdAt" < p.ends LEFT JOIN first_order f ON f."customerId" = c.id
GROUP BY p.period`;
}

const STAGES = {
  id: 'stages',
  title: 'Stages',
  columns: [
    { key: 'stage', label: 'Stage', unit: 'id' },
    { key: 'customers', label: 'Customers', unit: 'count' },
    { key: 'share', label: 'Of signed up', unit: 'ratio' },
  ],
} as const satisfies Omit<Series, 'rows'>;
