import type { Session } from './session.js';

/** The instant of a transaction, and the calendar day that it is in the business time zone. */
export interface BusinessClock {
  /** ISO 8601 in UTC, by the database's clock. */
  now: string;
  /** `2026-03-10`. */
  day: string;
  timezone: string;
}

/**
 * SQL for the time at which a calendar day of a zone begins: UTC, without zone, as the platform writes times. `day` and
 * `timezone` are SQL. Where the clocks go back at midnight (Havana), that day has two, and AT TIME ZONE takes the second.
 */
export function startOfDay(day: string, timezone: string): string {
  return `(SELECT CASE WHEN ((at - interval '1 hour') AT TIME ZONE zone)::date = day THEN at - interval '1 hour' ELSE at END AT TIME ZONE 'UTC'
      FROM (SELECT day, zone, day::timestamp AT TIME ZONE zone AS at FROM (SELECT (${day})::date AS day, ${timezone}::text AS zone) AS d) AS midnight)`;
}

/** SQL for what the clocks of a zone show at a time of the platform, which is UTC without zone. `time` and `timezone` are SQL. */
export function localTime(time: string, timezone: string): string {
  return `(${time} AT TIME ZONE 'UTC' AT TIME ZONE ${timezone})`;
}

/** SQL for the month of the calendar (`2026-03`) in which that is. */
export function localMonth(time: string, timezone: string): string {
  return `to_char(${localTime(time, timezone)}, 'YYYY-MM')`;
}

/** The instant of a transaction, ISO 8601 in UTC. The clock stands still within it, so that all its statements agree. */
export async function readNow(session: Session): Promise<string> {
  const { rows } = await session.query<{ now: string }>(
    `SELECT date_trunc('milliseconds', transaction_timestamp()) AS now`,
  );
  return rows[0]?.now ?? '';
}

/** The same with what today is there. */
export async function readBusinessClock(session: Session, timezone: string): Promise<BusinessClock> {
  const { rows } = await session.query<{ now: string; day: string }>(
    `SELECT now, (now AT TIME ZONE $1)::date AS day
     FROM (SELECT date_trunc('milliseconds', transaction_timestamp()) AS now) AS clock`,
    [timezone],
  );
  return { now: rows[0]?.now ?? '', day: rows[0]?.day ?? '', timezone };
}
