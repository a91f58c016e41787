import { SmsfoodError } from '../errors.js';
import {
  type KpiReport,
  liveSource,
  metricsOf,
  numberOf,
  type Plan,
  type Row,
  type Scope,
  type Series,
  type Source,
  seriesRows,
  textOf,
} from './kpi.js';
import { running } from './period.js';
import { raw, type Sql, sql } from './sql.js';

const DEFINITIONS = {
  scored_customers: {
    label: 'Scored customers',
    unit: 'count',
    text: 'Customers with a sold order in the last 12 months, scored by recency, frequency and money in quintiles by cume_dist.',
  },
  scored_gmv: { label: 'GMV', unit: 'cents', text: 'Sum of totalAmount of their sold orders of the 12 months.' },
  vip_customers: { label: 'VIP', unit: 'count', text: 'Segments champions and loyal.' },
  at_risk_customers: { label: 'At risk', unit: 'count', text: 'Segments at risk and cannot lose.' },
  at_risk_gmv: { label: 'GMV at risk', unit: 'cents', text: 'GMV of these in the 12 months.' },
} as const satisfies KpiReport['definitions'];

export const rfm: KpiReport = {
  id: 'rfm',
  summary: 'customers by recency, frequency and money: the eleven segments',
  definitions: DEFINITIONS,
  period: (clock) => running('day', clock),
  range: 'refused',
  compares: false,
  business: 'refused',
  plan,
};

function plan(scope: Scope): Plan {
  const kept = scope.fresh.closed.get('customer_rfm_scores')?.at;
  const source: Source =
    kept === undefined ? liveSource(scope) : { kind: 'summaries', tables: ['ops.customer_rfm_scores'], asOf: kept };
  return {
    source,
    statements: [segments(scope, kept !== undefined)],
    shape: ([rows = []]) => shape(scope, rows),
  };
}

function segments({ scoring, clock }: Scope, isKept: boolean): Sql {
  if (scoring === null) throw new SmsfoodError('USAGE', 'kpi rfm needs the definition of the segments.');
  const from = isKept
    ? raw('scored AS (\n  SELECT segment, category, monetary_cents FROM ops.customer_rfm_scores WHERE until IS NULL\n)')
    : scoring.sql(clock.day);
  return sql`WITH ${from}
SELECT segment, category, count(*) AS customers, sum(monetary_cents)::bigint AS gmv,
  count(*)::float8 / sum(count(*)) OVER () AS share
FROM scored GROUP BY segment, category`;
}

function shape({ scoring }: Scope, rows: readonly Row[]) {
  const total = (key: string, category?: string) =>
    rows
      .filter((row) => category === undefined || row.category === category)
      .reduce((sum, row) => sum + (numberOf(row[key]) ?? 0), 0);
  const scored = total('customers');
  const fewest = scoring?.fewest ?? 0;
  if (scored < fewest)
    return {
      metrics: metricsOf(DEFINITIONS, { scored_customers: scored }),
      series: [],
      notes: [`${scored} customers have a sold order in the last 12 months; quintiles need at least ${fewest}.`],
    };
  const order = scoring?.segments ?? [];
  const place = (row: Row) => order.indexOf(textOf(row.segment) ?? '');
  return {
    metrics: metricsOf(DEFINITIONS, {
      scored_customers: scored,
      scored_gmv: total('gmv'),
      vip_customers: total('customers', 'VIP'),
      at_risk_customers: total('customers', 'At-Risk'),
      at_risk_gmv: total('gmv', 'At-Risk'),
    }),
    series: [
      {
        ...SEGMENTS,
        rows: seriesRows(
          SEGMENTS.columns,
          rows.toSorted((a, b) => place(a) - place(b)),
        ),
      },
    ],
    notes: ['Who moved between segments: `smsfood segments --compare DAY`.'],
  };
}

const SEGMENTS = {
  id: 'segments',
  title: 'Segments',
  columns: [
    { key: 'segment', label: 'Segment', unit: 'id' },
    { key: 'category', label: 'Category', unit: 'text' },
    { key: 'customers', label: 'Customers', unit: 'count' },
    { key: 'share', label: 'Share', unit: 'ratio' },
    { key: 'gmv', label: 'GMV, 12 months', unit: 'cents' },
  ],
} as const satisfies Omit<Series, 'rows'>;
