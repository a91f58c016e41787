import { dailySales } from './fragments.js';
import {
  type Findings,
  type KpiReport,
  liveSource,
  metricsOf,
  numberOf,
  type Plan,
  type Refreshed,
  type Row,
  type Scope,
  type Source,
  seriesRows,
} from './kpi.js';
import { overviewSql } from './overview-sql.js';
import { addDays, running } from './period.js';
import { day, raw, type Sql, sql } from './sql.js';

const DEFINITIONS = {
  total_customers: {
    label: 'Customers',
    unit: 'count',
    text: 'Rows of customers, active or not. Of a business: its own customers where the schema tells, else those who ordered there.',
  },
  active_customers: {
    label: 'Active customers',
    unit: 'count',
    text: 'Of these, with isActive: a switch of the platform. `kpi customers` counts those who buy.',
  },
  total_orders: {
    label: 'Orders',
    unit: 'count',
    text: 'Orders of every status. With --from and --to those created in the period.',
  },
  paid_orders: { label: 'Sold orders', unit: 'count', text: 'Of these, in a sold status.' },
  total_revenue: { label: 'GMV', unit: 'cents', text: 'Sum of totalAmount of the sold orders.' },
  todays_orders: {
    label: "Today's orders",
    unit: 'count',
    text: 'Orders created on the running calendar day in the business time zone. Compared with the same time of the same weekday a week before.',
  },
  sms_today: {
    label: 'SMS today',
    unit: 'count',
    text: 'Messages of the same day, in and out. Of a business: with its customers, where the schema tells.',
  },
  platform_fees: {
    label: 'Platform fees',
    unit: 'cents',
    text: 'Sum of platformFee of the sold orders, as stored; orders without one add nothing.',
  },
  aov: { label: 'Average order', unit: 'cents', text: 'GMV divided by sold orders; unknown where there are none.' },
  businesses_total: { label: 'Businesses', unit: 'count', text: 'Rows of business_customers.' },
  businesses_with_number: {
    label: 'With a number',
    unit: 'count',
    text: 'Of these, whose assignedPhoneNumber is neither missing nor blank.',
  },
  businesses_without_number: { label: 'Without a number', unit: 'count', text: 'The others.' },
  active_subscriptions: {
    label: 'Active subscriptions',
    unit: 'count',
    text: 'Businesses whose subscriptionStatus is "active", in whatever case it is written.',
  },
  mrr: {
    label: 'MRR',
    unit: 'cents',
    text: 'Monthly recurring revenue of the active subscriptions: starter $35, pro $95. An active one of another tier adds nothing.',
  },
} as const satisfies KpiReport['definitions'];

export const overview: KpiReport = {
  id: 'overview',
  summary: "the platform's numbers and the businesses', counted right",
  definitions: DEFINITIONS,
  period: (clock) => running('day', clock),
  range: 'period',
  compares: true,
  business: 'orders',
  plan(scope) {
    const refreshed = isWhole(scope) ? scope.fresh.running.get('kpi_snapshots') : undefined;
    return refreshed === undefined ? fromTables(scope) : fromSnapshots(scope, refreshed);
  },
};

/** Summaries know the whole marketplace, of all time. */
function isWhole({ business, isAsked }: Scope): boolean {
  return business === null && !isAsked;
}

const NOT_COMPARABLE = ['todays_orders', 'sms_today'];

function fromSnapshots(scope: Scope, { at, local }: Refreshed): Plan {
  const { period, previous } = scope;
  const hasDays = scope.fresh.closed.has('daily_order_stats');
  return {
    source: {
      kind: 'summaries',
      tables: ['ops.kpi_snapshots', ...(hasDays ? ['ops.daily_order_stats'] : [])],
      asOf: at,
    },
    periods: {
      period: { ...period, until: local, ends: at },
      previous: previous === null ? null : { ...previous, until: null, ends: previous.closes },
    },
    statements: [snapshots(scope), ...(hasDays ? [lastWeeks(scope)] : [])],
    shape([rows = [], days]) {
      const [current, before] = [true, false].map((isCurrent) => snapshotOf(rows, isCurrent));
      // What a snapshot calls today is the day up to its refresh, at another time of each day.
      const previous = Object.fromEntries(Object.entries(before ?? {}).filter(([id]) => !NOT_COMPARABLE.includes(id)));
      return {
        metrics: metricsOf(DEFINITIONS, current, previous),
        series: days === undefined ? [] : [{ ...TREND, rows: seriesRows(TREND.columns, days) }],
        notes: scope.previous === null ? [] : noteOfSnapshot(scope, rows),
      };
    },
  };
}

function snapshots({ clock, previous }: Scope): Sql {
  const before = previous === null ? raw('') : sql` OR day = ${day(previous.from)}`;
  return sql`SELECT day = ${day(clock.day)} AS "isCurrent", kpi_id AS id, value FROM ops.kpi_snapshots
WHERE day = ${day(clock.day)}${before}`;
}

function snapshotOf(rows: readonly Row[], isCurrent: boolean): Record<string, number | null> {
  return Object.fromEntries(
    rows.flatMap((row) => (row.isCurrent === isCurrent ? [[String(row.id), numberOf(row.value)]] : [])),
  );
}

function noteOfSnapshot({ previous }: Scope, rows: readonly Row[]): string[] {
  if (rows.some(({ isCurrent }) => isCurrent === false))
    return [`Totals are compared with the snapshot of ${previous?.from}.`];
  return [`Totals are compared with nothing: ops.kpi_snapshots has no snapshot of ${previous?.from}.`];
}

const TREND = {
  id: 'days',
  title: 'The last 28 complete days',
  columns: [
    { key: 'day', label: 'Day', unit: 'id' },
    { key: 'orders', label: 'Orders', unit: 'count' },
    { key: 'sold_orders', label: 'Sold', unit: 'count' },
    { key: 'gmv', label: 'GMV', unit: 'cents' },
  ],
  drawn: ['orders', 'gmv'],
  shown: 0,
} as const;

function lastWeeks(scope: Scope): Sql {
  const source: Source = { kind: 'summaries', tables: [], asOf: '' };
  const from = addDays(scope.clock.day, -28);
  const ends = { day: scope.clock.day, instant: scope.today.starts };
  return sql`WITH sales AS (${dailySales(scope, source, from, ends)})
SELECT d::date AS day, coalesce(orders, 0) AS orders, coalesce(sold_orders, 0) AS sold_orders, coalesce(gmv, 0) AS gmv
FROM generate_series(${day(from)}, ${day(scope.clock.day)} - 1, interval '1 day') AS d LEFT JOIN sales ON sales.day = d::date
ORDER BY 1`;
}

function fromTables(scope: Scope): Plan {
  const hasPast = isWhole(scope) && scope.previous !== null && scope.ops.has('kpi_snapshots');
  return {
    source: liveSource(scope),
    statements: [overviewSql(scope), ...(hasPast ? [snapshots(scope)] : [])],
    shape([rows = [], past]): Findings {
      const [row = {}] = rows;
      const own = Object.fromEntries(
        Object.entries(row).flatMap(([key, value]) => (key.startsWith('before_') ? [[key.slice(7), value]] : [])),
      );
      const kept = past === undefined ? {} : snapshotOf(past, false);
      return {
        metrics: metricsOf(DEFINITIONS, row, scope.previous === null ? {} : { ...kept, ...own }),
        series: [],
        notes: past === undefined ? [] : noteOfSnapshot(scope, past),
      };
    },
  };
}
