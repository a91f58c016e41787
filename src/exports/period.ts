import { localTime, startOfDay } from '../db/business-clock.js';
import type { Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';

/** A calendar day (`2026-03-01`) in the business time zone, or an instant (ISO 8601 in UTC). */
export type Bound = { day: string } | { at: string };

export interface WantedPeriod {
  from: Bound | null;
  to: Bound | null;
  /** `2026-03`. */
  month: string | null;
}

/** Half open. */
export interface Period {
  /** ISO 8601 in UTC; null where there is no such end. */
  from: string | null;
  to: string | null;
  /** As file names have it: `2026-03`, `2026-03-01_2026-03-15`, `all`. */
  label: string;
  timezone: string;
  /** Calendar days of the first and the last instant; null where an end is open. */
  firstDay: string | null;
  lastDay: string | null;
  /** False where rows may still come. */
  isOver: boolean;
}

/** What can be said before the database is asked: throws USAGE where the period is none. */
export function refuseEmpty({ from, to, month }: WantedPeriod): void {
  if (month !== null && (from !== null || to !== null))
    throw new SmsfoodError('USAGE', '--month is a whole month, and cannot be used with --from or --to.');
  if (from === null || to === null) return;
  const [first, last] = [textOf(from), textOf(to)];
  if ('day' in from === 'day' in to && first >= last) throw empty(first, last);
}

function empty(from: string, to: string): SmsfoodError {
  return new SmsfoodError(
    'USAGE',
    `--from ${from} is not before --to ${to}.`,
    'The period is half-open: --to is the first day that is left out.',
  );
}

const textOf = (bound: Bound) => ('day' in bound ? bound.day : bound.at);

interface Row {
  from: string | null;
  to: string | null;
  month: string;
  firstDay: string | null;
  lastDay: string | null;
  isOver: boolean;
}

/**
 * The period as instants, by the database's own calendar, which knows the days of 23 and 25 hours. Without any wish it is
 * the month before this one, or everything. Throws USAGE where it ends before it begins.
 */
export async function readPeriod(
  session: Session,
  wanted: WantedPeriod,
  { timezone, fallback, wholeMonths }: { timezone: string; fallback: 'last month' | 'all'; wholeMonths: boolean },
): Promise<Period> {
  const { from, to } = wanted;
  const isDefault = from === null && to === null && wanted.month === null;
  const wantedMonth = wanted.month ?? (isDefault && fallback === 'last month' ? 'last' : null);
  const { rows } = await session.query<Row>(STATEMENT, [
    timezone,
    wantedMonth,
    ...[from, to].flatMap((bound) => [
      bound !== null && 'day' in bound ? bound.day : null,
      bound !== null && 'at' in bound ? bound.at : null,
    ]),
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error('the period has no row');
  const { month, ...period } = row;
  if (period.from !== null && period.to !== null && period.from >= period.to) throw empty(period.from, period.to);
  if (wholeMonths && wantedMonth === null) await refuseParts(session, period, timezone);
  const bounds = `${from === null ? 'start' : compact(from)}_${to === null ? 'open' : compact(to)}`;
  return { ...period, timezone, label: wantedMonth !== null ? month : isDefault ? 'all' : bounds };
}

const compact = (bound: Bound) =>
  'day' in bound ? bound.day : bound.at.replace(/[-:]|\.000(?=Z)/g, '').replace('.', '_');

const STATEMENT = `
  WITH wanted AS (
    SELECT CASE $2 WHEN 'last' THEN date_trunc('month', transaction_timestamp() AT TIME ZONE $1) - interval '1 month'
      ELSE ($2 || '-01')::timestamp END AS month
  ), bound AS (
    SELECT month, coalesce(month::date, $3::date) AS from_day, coalesce((month + interval '1 month')::date, $5::date) AS to_day,
      $4::timestamptz AT TIME ZONE 'UTC' AS from_at, $6::timestamptz AT TIME ZONE 'UTC' AS to_at
    FROM wanted
  ), period AS (
    SELECT month, coalesce(from_at, ${startOfDay('from_day', '$1')}) AS "from", coalesce(to_at, ${startOfDay('to_day', '$1')}) AS "to"
    FROM bound
  )
  SELECT to_char(month, 'YYYY-MM') AS month, "from", "to",
    ${localTime('"from"', '$1')}::date AS "firstDay",
    ${localTime(`("to" - interval '1 millisecond')`, '$1')}::date AS "lastDay",
    coalesce("to" <= transaction_timestamp() AT TIME ZONE 'UTC', false) AS "isOver"
  FROM period`;

async function refuseParts(
  session: Session,
  { from, to }: Pick<Period, 'from' | 'to'>,
  timezone: string,
): Promise<void> {
  const { rows } = await session.query<{ whole: boolean | null }>(
    `SELECT bool_and(local = date_trunc('month', local)) AS whole
     FROM (SELECT each::timestamptz AT TIME ZONE $1 AS local FROM unnest($2::text[]) AS each) AS ends`,
    [timezone, [from, to]],
  );
  if (from !== null && to !== null && rows[0]?.whole === true) return;
  throw new SmsfoodError(
    'USAGE',
    'These rows are those of whole months, and the period is not made of such.',
    'Give --month, or --from and --to on the first day of a month.',
  );
}
