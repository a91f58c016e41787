import { startOfDay } from '../db/business-clock.js';
import { unknownBusiness } from '../db/businesses.js';
import type { Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import type { Bounds, KpiReport, Refreshed, Scope } from './kpi.js';
import {
  between,
  type Comparison,
  compared,
  type Grain,
  type Period,
  running,
  usualComparison,
  type WallClock,
} from './period.js';

export interface KpiOptions {
  timezone: string;
  sold: readonly string[];
  business: string | null;
  /** Days, half-open; null where not given. */
  from: string | null;
  to: string | null;
  /** Null for what is usual for the length of the period. */
  compare: Comparison | null;
  grain: Grain;
  /** Reads the platform's tables although summaries are fresh. */
  fresh: boolean;
  /** ISO 8601 in UTC in place of the database's clock, or null. */
  asOf: string | null;
  /** How old a summary may be for numbers of a period that is still running, in minutes. */
  freshMinutes: number;
  churnDays: number;
  smsSegmentCents: number | null;
  scoring: Scope['scoring'];
}

interface Place {
  now: string;
  day: string;
  time: string;
  customersHaveBusiness: boolean;
  ops: string[];
}

const PLACE = `
  SELECT clock.now, (clock.now AT TIME ZONE $1)::date AS day, to_char(clock.now AT TIME ZONE $1, 'HH24:MI:SS.MS') AS time,
    EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('customers') AND attname = 'businessId' AND NOT attisdropped)
      AS "customersHaveBusiness",
    ARRAY(SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'ops' AND c.relkind = 'r' AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) AS ops
  FROM (SELECT date_trunc('milliseconds', coalesce($2::timestamptz, transaction_timestamp())) AS now) AS clock`;

/** Resolves what a report is asked for. Throws USAGE for a period that has not begun and for an unknown business. */
export async function readScope(session: Session, report: KpiReport, options: KpiOptions): Promise<Scope> {
  const { timezone, sold, business, asOf } = options;
  const { rows } = await session.query<Place>(PLACE, [timezone, asOf]);
  const place = rows[0];
  if (place === undefined) throw new Error('the clock gave no row');
  const clock = { now: place.now, day: place.day, time: place.time };
  if (business !== null) await refuseBusiness(session, report, business, place.customersHaveBusiness);
  const period = periodOf(report, options, clock);
  const comparison = report.compares ? (options.compare ?? usualComparison(period)) : 'none';
  const today = running('day', clock);
  const todayComparison = options.compare === null || options.compare === 'none' ? 'same-weekday' : options.compare;
  const [current, now, before, previous] = await resolve(session, timezone, clock, [
    period,
    today,
    compared(today, todayComparison) ?? today,
    compared(period, comparison),
  ]);
  if (current === undefined || now === undefined || before === undefined)
    throw new Error('a period without its bounds');
  const ops = new Set(place.ops);
  return {
    clock,
    hasOwnClock: asOf !== null,
    timezone,
    sold,
    business,
    customersHaveBusiness: place.customersHaveBusiness,
    period: current,
    isAsked: options.from !== null || options.to !== null,
    previous: previous ?? null,
    comparison,
    grain: options.grain,
    today: now,
    todayBefore: before,
    ops,
    fresh: await freshSummaries(session, options, ops, clock.now, now.starts),
    churnDays: options.churnDays,
    smsSegmentCents: options.smsSegmentCents,
    scoring: options.scoring,
  };
}

function periodOf(report: KpiReport, { from, to, grain }: KpiOptions, clock: WallClock): Period {
  if (from === null && to === null) return report.period(clock, grain);
  const usual = report.period(clock, grain);
  const start = from ?? (to !== null && to <= usual.from ? null : usual.from);
  if (start === null)
    throw new SmsfoodError(
      'USAGE',
      `--to ${to} needs a --from.`,
      'A period is given by its first day and the day after its last.',
    );
  const period = between(start, to, clock);
  if (period !== null) return period;
  throw new SmsfoodError(
    'USAGE',
    `--from ${start} is still to come: today is ${clock.day}.`,
    'Give a day that has begun.',
  );
}

/** The instants of the first and last moments of periods, which only the database's time zones tell. */
async function resolve(
  session: Session,
  timezone: string,
  { now }: { now: string },
  periods: readonly (Period | null)[],
): Promise<(Bounds | undefined)[]> {
  const moments = periods.flatMap((period) =>
    period === null ? [null, null, null] : [period.from, period.to, period.until],
  );
  const { rows } = await session.query<{ at: string | null }>(
    `SELECT CASE WHEN moment = moment::date THEN ${startOfDay('moment', '$2')} AT TIME ZONE 'UTC' ELSE moment AT TIME ZONE $2 END AS at
     FROM unnest($1::timestamp[]) WITH ORDINALITY AS m (moment, place) ORDER BY place`,
    [moments, timezone],
  );
  return periods.map((period, index) => {
    const [starts, closes, until] = [0, 1, 2].map((each) => rows[index * 3 + each]?.at ?? null);
    if (period === null || starts == null || closes == null) return undefined;
    // The wall clock shows an hour twice in autumn; the running period itself ends now, whichever of the two it is.
    const isNow = period.until !== null && index < 2;
    return { ...period, starts, closes, ends: isNow ? now : (until ?? closes) };
  });
}

/**
 * When each summary table was refreshed, as far as it is fresh. Its zone and sold statuses must be those of the
 * configuration. For days that are over it must have been refreshed since midnight; for numbers of a period that is still
 * running within the last minutes. Never with a clock of one's own: the tables show the present.
 */
async function freshSummaries(
  session: Session,
  { timezone, sold, fresh, asOf, freshMinutes }: KpiOptions,
  ops: ReadonlySet<string>,
  now: string,
  midnight: string,
): Promise<Scope['fresh']> {
  if (fresh || asOf !== null || !ops.has('summaries')) return { closed: new Map(), running: new Map() };
  const { rows } = await session.query<Refreshed & { name: string }>(
    `SELECT name, refreshed_at AS at, to_char(refreshed_at AT TIME ZONE $1, 'YYYY-MM-DD"T"HH24:MI:SS.MS') AS local FROM ops.summaries
     WHERE timezone = $1 AND sold_statuses @> $2::text[] AND sold_statuses <@ $2`,
    [timezone, sold],
  );
  const readable = rows.filter(({ name }) => ops.has(name));
  const since = (time: number) =>
    new Map(readable.flatMap(({ name, at, local }) => (Date.parse(at) >= time ? [[name, { at, local }]] : [])));
  return {
    closed: since(Date.parse(midnight)),
    running: since(Math.max(Date.parse(midnight), Date.parse(now) - freshMinutes * 60_000)),
  };
}

async function refuseBusiness(
  session: Session,
  report: KpiReport,
  business: string,
  customersHaveBusiness: boolean,
): Promise<void> {
  if (report.business === 'customers' && !customersHaveBusiness)
    throw new SmsfoodError(
      'USAGE',
      `kpi ${report.id} cannot be limited to a business: customers of this database belong to none.`,
      'The newer generation of the platform\'s schema has customers."businessId".',
    );
  const hint = await unknownBusiness(session, business);
  if (hint !== null) throw new SmsfoodError('USAGE', `There is no business "${business}".`, hint);
}
