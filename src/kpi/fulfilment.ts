import { isSold, ofBusiness, periodQuery, withinPeriods } from './fragments.js';
import {
  type KpiReport,
  liveSource,
  metricsOfPeriods,
  type Plan,
  type Row,
  type Scope,
  type Series,
  seriesRows,
  textOf,
} from './kpi.js';
import { lastDays } from './period.js';
import { instant, type Sql, sql, statuses } from './sql.js';
import { STATUS_ROLES, statusesOf } from './statuses.js';

const DEFINITIONS = {
  orders: { label: 'Orders', unit: 'count', text: 'Orders created in the period, of every status.' },
  sold_rate: { label: 'Sold', unit: 'ratio', text: 'Of these, in a sold status by now.' },
  delivered_rate: { label: 'Delivered', unit: 'ratio', text: 'Of these, DELIVERED by now.' },
  cancelled_rate: { label: 'Cancelled', unit: 'ratio', text: 'Of these, CANCELLED by now.' },
  unpaid_orders: { label: 'Still unpaid', unit: 'count', text: 'Of these, PENDING or CONFIRMED by now.' },
  kitchen_orders: { label: 'Still in the kitchen', unit: 'count', text: 'Of these, PAID, PREPARING or READY by now.' },
  hours_to_delivered: {
    label: 'Hours to the last change',
    unit: 'hours',
    text: 'Median of updatedAt minus createdAt of the DELIVERED ones: at most so long did the delivery take, as updatedAt is the last change of whatever kind. Orders changed before they were created are left out.',
  },
  hours_to_delivered_90: { label: 'The same, 90th percentile', unit: 'hours', text: 'Nine in ten stay below it.' },
  delivery_time_given: {
    label: 'Delivery time asked for',
    unit: 'ratio',
    text: 'Orders with a deliveryTime that is not blank.',
  },
} as const satisfies KpiReport['definitions'];

export const fulfilment: KpiReport = {
  id: 'fulfilment',
  summary: 'what became of the orders, and which wait: as far as the rows tell',
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
    statements: [outcomes(scope), open(scope)],
    shape: ([rows = [], waiting = []]) => ({
      metrics: metricsOfPeriods(DEFINITIONS, rows),
      series: [{ ...OPEN, rows: seriesRows(OPEN.columns, waiting.map(withStage)) }],
      notes: [
        'The rows have no history of statuses: when an order was paid, cooked or handed over cannot be known, nor how long it took, only when it last changed.',
        'Whether it came in time cannot be known either: deliveryTime is free text.',
      ],
    }),
  };
}

function withStage(row: Row): Row {
  const role = Object.entries(STATUS_ROLES).find(([status]) => status === textOf(row.status));
  return { ...row, stage: role?.[1].stage ?? 'unknown' };
}

function outcomes(scope: Scope): Sql {
  return sql`WITH ${periodQuery(scope)}, placed AS (
  SELECT "createdAt", status, "deliveryTime", extract(epoch FROM "updatedAt" - "createdAt")::float8 / 3600 AS hours FROM orders
  WHERE ${withinPeriods(scope, '"createdAt"')}${ofBusiness(scope)}
)
SELECT p.period, count(o.status) AS orders,
  count(*) FILTER (WHERE ${isSold(scope)})::float8 / nullif(count(o.status), 0) AS sold_rate,
  count(*) FILTER (WHERE status = 'DELIVERED')::float8 / nullif(count(o.status), 0) AS delivered_rate,
  count(*) FILTER (WHERE status = 'CANCELLED')::float8 / nullif(count(o.status), 0) AS cancelled_rate,
  count(*) FILTER (WHERE status = ANY (${statuses(statusesOf('unpaid'))})) AS unpaid_orders,
  count(*) FILTER (WHERE status = ANY (${statuses(statusesOf('in the kitchen'))})) AS kitchen_orders,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) FILTER (WHERE status = 'DELIVERED' AND hours >= 0) AS hours_to_delivered,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY hours) FILTER (WHERE status = 'DELIVERED' AND hours >= 0) AS hours_to_delivered_90,
  count(*) FILTER (WHERE btrim("deliveryTime") <> '')::float8 / nullif(count(o.status), 0) AS delivery_time_given
FROM period p LEFT JOIN placed o ON o."createdAt" >= p.starts AND o."createdAt" < p.ends
GROUP BY p.period`;
}

/** Of all time: what waits longest is the oldest. */
function open(scope: Scope): Sql {
  const now = instant(scope.clock.now);
  return sql`SELECT status::text AS status, count(*) AS orders, count(*) FILTER (WHERE "createdAt" < ${now} - interval '24 hours') AS over_a_day,
  min("createdAt") AS oldest, sum("totalAmount")::bigint AS amount
FROM orders WHERE status = ANY (${statuses(statusesOf('unpaid', 'in the kitchen'))})${ofBusiness(scope)}
GROUP BY status
ORDER BY orders.status`;
}

const OPEN = {
  id: 'open',
  title: 'Orders that are not finished now, whenever they were placed',
  columns: [
    { key: 'status', label: 'Status', unit: 'id' },
    { key: 'stage', label: 'Stage', unit: 'text' },
    { key: 'orders', label: 'Orders', unit: 'count' },
    { key: 'over_a_day', label: 'Older than 24 h', unit: 'count' },
    { key: 'oldest', label: 'Oldest', unit: 'time' },
    { key: 'amount', label: 'Amount', unit: 'cents' },
  ],
} as const satisfies Omit<Series, 'rows'>;
