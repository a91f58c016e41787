import { MRR } from '../business-sql.js';
import { SmsfoodError } from '../errors.js';
import { ofBusiness } from './fragments.js';
import { numberOf, type Row, type Scope, type Series, textOf } from './kpi.js';
import { addDays } from './period.js';
import { day, raw, type Sql, sql } from './sql.js';

const MOVEMENT = ['mrr_new', 'mrr_expansion', 'mrr_contraction', 'mrr_churned'] as const;

/** The state at an end of the period is that of the last snapshot of the day before. */
export function movement(scope: Scope): Sql {
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
export function readMovement(scope: Scope, row: Row | undefined): { values: Record<string, unknown>; notes: string[] } {
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
export function history(scope: Scope): Sql {
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

export const HISTORY = {
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

/** Which days of the history have no snapshot, in a sentence. */
export function gaps(days: readonly Row[]): string[] {
  const missing = days.flatMap((row) => (row.mrr === null ? [textOf(row.day)] : []));
  if (missing.length === 0) return [];
  return [
    `${missing.length} of the days have no snapshot, and nothing is made up for them: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}.`,
  ];
}
