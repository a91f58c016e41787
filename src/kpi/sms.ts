import { isSold, localDay, ofBusiness, periodQuery, withinPeriods } from './fragments.js';
import { type KpiReport, liveSource, metricsOfPeriods, type Plan, type Scope, type Series, seriesRows } from './kpi.js';
import { addDays, lastDays } from './period.js';
import { SEGMENTS_OF_MESSAGE } from './sms-segments.js';
import { day, number, raw, type Sql, sql, text } from './sql.js';

const DEFINITIONS = {
  outbound: { label: 'Outbound', unit: 'count', text: 'Messages to customers created in the period.' },
  inbound: { label: 'Inbound', unit: 'count', text: 'Messages from customers created in the period.' },
  delivered: { label: 'Delivered', unit: 'count', text: 'Outbound messages known to be delivered.' },
  failed: { label: 'Failed', unit: 'count', text: 'Outbound messages known to have failed.' },
  unknown: {
    label: 'Unknown',
    unit: 'count',
    text: 'Outbound messages that are SENT: what became of them was never heard.',
  },
  delivery_rate: {
    label: 'Delivery rate',
    unit: 'ratio',
    text: 'DELIVERED divided by DELIVERED and FAILED. Unknown ones are in neither.',
  },
  unknown_rate: { label: 'Unknown share', unit: 'ratio', text: 'SENT divided by all outbound messages.' },
  segments: {
    label: 'Segments',
    unit: 'count',
    text: 'Parts that outbound messages were sent in, without those that failed before the provider took them (FAILED without an id). GSM-7: one up to 160 characters, else of 153, where ^ { } \\ [ ~ ] | and the euro sign count two; anything else is UCS-2: 70, else 67.',
  },
  sms_cost: {
    label: 'Cost',
    unit: 'cents',
    text: 'Segments times kpi.smsSegmentCents of the configuration; unknown where that is not set.',
  },
  cost_per_order: {
    label: 'Cost an order',
    unit: 'cents',
    text: 'Cost divided by the sold orders created in the period.',
  },
} as const satisfies KpiReport['definitions'];

export const sms: KpiReport = {
  id: 'sms',
  summary: 'delivery with the unknown apart, error codes, segments, and what messages cost',
  definitions: DEFINITIONS,
  period: (clock) => lastDays(7, clock),
  range: 'period',
  compares: true,
  business: 'customers',
  plan,
};

function plan(scope: Scope): Plan {
  return {
    source: liveSource(scope),
    statements: [totals(scope), byDay(scope), errorCodes(scope)],
    shape: ([rows = [], days = [], codes = []]) => ({
      metrics: metricsOfPeriods(DEFINITIONS, rows),
      series: [
        { ...DAYS, rows: seriesRows(DAYS.columns, days) },
        { ...CODES, rows: seriesRows(CODES.columns, codes) },
      ],
      notes:
        scope.smsSegmentCents === null
          ? ['The cost is unknown: set kpi.smsSegmentCents in the configuration to the price of a segment in cents.']
          : [],
    }),
  };
}

function ofTheirCustomers({ business }: Scope): Sql {
  return business === null
    ? raw('')
    : sql` AND "customerId" IN (SELECT id FROM customers WHERE "businessId" = ${text(business)})`;
}

/** The provider took it, and bills it. */
const WAS_SENT = raw(`(status <> 'FAILED' OR "twilioSid" IS NOT NULL)`);

function totals(scope: Scope): Sql {
  return sql`WITH ${periodQuery(scope)}, message AS (
  SELECT p.period, count(*) FILTER (WHERE direction = 'OUTBOUND') AS outbound, count(*) FILTER (WHERE direction = 'INBOUND') AS inbound,
    count(*) FILTER (WHERE direction = 'OUTBOUND' AND status = 'DELIVERED') AS delivered,
    count(*) FILTER (WHERE direction = 'OUTBOUND' AND status = 'FAILED') AS failed,
    count(*) FILTER (WHERE direction = 'OUTBOUND' AND status = 'SENT') AS unknown,
    coalesce(sum(${raw(SEGMENTS_OF_MESSAGE)}) FILTER (WHERE direction = 'OUTBOUND' AND ${WAS_SENT}), 0) AS segments
  FROM sms_logs m JOIN period p ON m."createdAt" >= p.starts AND m."createdAt" < p.ends
  WHERE ${withinPeriods(scope, 'm."createdAt"')}${ofTheirCustomers(scope)}
  GROUP BY p.period
), sale AS (
  SELECT p.period, count(*) AS sold
  FROM orders o JOIN period p ON o."createdAt" >= p.starts AND o."createdAt" < p.ends
  WHERE ${isSold(scope)} AND ${withinPeriods(scope, 'o."createdAt"')}${ofBusiness(scope)}
  GROUP BY p.period
)
SELECT p.period, coalesce(outbound, 0) AS outbound, coalesce(inbound, 0) AS inbound, coalesce(delivered, 0) AS delivered,
  coalesce(failed, 0) AS failed, coalesce(unknown, 0) AS unknown,
  delivered::float8 / nullif(delivered + failed, 0) AS delivery_rate, unknown::float8 / nullif(outbound, 0) AS unknown_rate,
  coalesce(segments, 0) AS segments, coalesce(segments, 0) * ${number(scope.smsSegmentCents)} AS sms_cost,
  coalesce(segments, 0) * ${number(scope.smsSegmentCents)} / nullif(sold, 0) AS cost_per_order
FROM period p LEFT JOIN message m ON m.period = p.period LEFT JOIN sale s ON s.period = p.period`;
}

function byDay(scope: Scope): Sql {
  const { period } = scope;
  const last = period.until?.slice(0, 10) ?? addDays(period.to, -1);
  return sql`WITH message AS (
  SELECT ${localDay(scope)} AS day, count(*) AS outbound, count(*) FILTER (WHERE status = 'DELIVERED') AS delivered,
    count(*) FILTER (WHERE status = 'FAILED') AS failed, count(*) FILTER (WHERE status = 'SENT') AS unknown,
    sum(${raw(SEGMENTS_OF_MESSAGE)}) FILTER (WHERE ${WAS_SENT}) AS segments
  FROM sms_logs
  WHERE direction = 'OUTBOUND' AND ${withinPeriods({ period, previous: null }, '"createdAt"')}${ofTheirCustomers(scope)}
  GROUP BY 1
)
SELECT d::date AS day, coalesce(outbound, 0) AS outbound, coalesce(delivered, 0) AS delivered, coalesce(failed, 0) AS failed,
  coalesce(unknown, 0) AS unknown, delivered::float8 / nullif(delivered + failed, 0) AS delivery_rate,
  coalesce(segments, 0) AS segments
FROM generate_series(${day(period.from)}::timestamp, ${day(last)}::timestamp, interval '1 day') AS d
  LEFT JOIN message m ON m.day = d::date
ORDER BY 1`;
}

function errorCodes(scope: Scope): Sql {
  const { period } = scope;
  return sql`SELECT coalesce(nullif(btrim("errorCode"), ''), 'none') AS code, count(*) AS failed,
  count(*)::float8 / sum(count(*)) OVER () AS share
FROM sms_logs
WHERE direction = 'OUTBOUND' AND status = 'FAILED' AND ${withinPeriods({ period, previous: null }, '"createdAt"')}${ofTheirCustomers(scope)}
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 50`;
}

const DAYS = {
  id: 'days',
  title: 'Outbound messages by day',
  columns: [
    { key: 'day', label: 'Day', unit: 'id' },
    { key: 'outbound', label: 'Outbound', unit: 'count' },
    { key: 'delivered', label: 'Delivered', unit: 'count' },
    { key: 'failed', label: 'Failed', unit: 'count' },
    { key: 'unknown', label: 'Unknown', unit: 'count' },
    { key: 'delivery_rate', label: 'Delivery rate', unit: 'ratio' },
    { key: 'segments', label: 'Segments', unit: 'count' },
  ],
  drawn: ['outbound', 'delivery_rate'],
  shown: 14,
  showsNewest: true,
} as const satisfies Omit<Series, 'rows'>;

const CODES = {
  id: 'error_codes',
  title: 'Why messages failed',
  columns: [
    { key: 'code', label: 'Error code', unit: 'id' },
    { key: 'failed', label: 'Failed', unit: 'count' },
    { key: 'share', label: 'Share', unit: 'ratio' },
  ],
} as const satisfies Omit<Series, 'rows'>;
