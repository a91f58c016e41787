import { readBusinessClock } from '../db/business-clock.js';
import type { Session } from '../db/session.js';
import { grouped } from '../words.js';

/** What earlier nights left, by calendar days in the business time zone. */
export interface Past {
  /** When the last night that came to its end began; null before the first. */
  lastStartedAt: string | null;
  /** Days between that night and this one; null where there are none. */
  missed: { nights: number; first: string; last: string } | null;
  /** Of these, the days without a snapshot in ops.business_health and ops.kpi_snapshots, which cannot be made up for. */
  snapshotsMissing: number;
  /** A later night that did not come to its end; `killed` where none is recorded. */
  unfinished: { startedAt: string; killed: boolean } | null;
}

export interface PastQuery {
  /** This night's own run. */
  runId: string;
  /** A night that changes rows is missed even where dry runs were made meanwhile. */
  apply: boolean;
  timezone: string;
}

interface Night {
  startedAt: string;
  day: string;
  isEnded: boolean;
  isKilled: boolean;
}

/** Runs of a few steps only (--only) are no nights. */
const LATEST = `
  SELECT started_at AS "startedAt", (started_at AT TIME ZONE $2)::date AS day,
    status IN ('done', 'findings', 'errors') AS "isEnded", finished_at IS NULL AS "isKilled"
  FROM ops.runs
  WHERE command = 'nightly' AND id <> $1 AND arguments ->> 'only' IS NULL AND (arguments ->> 'apply' = 'true' OR NOT $3)`;

/** Looks back to the last night that came to its end. */
export async function readPast(session: Session, { runId, apply, timezone }: PastQuery): Promise<Past> {
  const { day: today } = await readBusinessClock(session, timezone);
  const values = [runId, timezone, apply];
  const { rows: latest } = await session.query<Night>(`${LATEST} ORDER BY started_at DESC LIMIT 1`, values);
  const { rows: ended } = await session.query<Night>(
    `SELECT * FROM (${LATEST}) AS night WHERE "isEnded" ORDER BY "startedAt" DESC LIMIT 1`,
    values,
  );
  const [newest] = latest;
  const [last] = ended;
  const missed = last === undefined ? null : await daysBetween(session, last.day, today);
  return {
    lastStartedAt: last?.startedAt ?? null,
    missed,
    snapshotsMissing: missed === null ? 0 : await missingSnapshots(session, missed),
    unfinished:
      newest === undefined || newest.isEnded ? null : { startedAt: newest.startedAt, killed: newest.isKilled },
  };
}

async function daysBetween(session: Session, last: string, today: string): Promise<Past['missed']> {
  const { rows } = await session.query<{ nights: number; first: string; last: string }>(
    `SELECT $2::date - $1::date - 1 AS nights, $1::date + 1 AS first, $2::date - 1 AS last`,
    [last, today],
  );
  const [days] = rows;
  return days === undefined || days.nights <= 0 ? null : days;
}

async function missingSnapshots(session: Session, { first, last }: { first: string; last: string }): Promise<number> {
  const { rows: tables } = await session.query<{ here: boolean }>(
    `SELECT to_regclass('ops.kpi_snapshots') IS NOT NULL AS here`,
  );
  if (tables[0]?.here !== true) return 0; // an older ops, which the summaries' own step complains of
  const { rows } = await session.query<{ days: number }>(
    `SELECT count(*) AS days FROM generate_series($1::date, $2::date, interval '1 day') AS d (day)
     WHERE NOT EXISTS (SELECT FROM ops.kpi_snapshots k WHERE k.day = d.day::date)`,
    [first, last],
  );
  return rows[0]?.days ?? 0;
}

/** For a person; empty where every night was had. */
export function pastLines({ missed, snapshotsMissing, unfinished }: Past): string[] {
  const lines: string[] = [];
  if (missed !== null) {
    const days = missed.nights === 1 ? `on ${missed.first}` : `from ${missed.first} to ${missed.last}`;
    const nights = missed.nights === 1 ? 'One night was' : `${grouped(missed.nights)} nights were`;
    lines.push(`${nights} missed: there was none ${days}. This one looks at everything since.`);
  }
  if (snapshotsMissing > 0) {
    const days = snapshotsMissing === 1 ? 'one day' : `${grouped(snapshotsMissing)} days`;
    lines.push(`The daily snapshots of ${days} (ops.business_health, ops.kpi_snapshots) cannot be made up for.`);
  }
  if (unfinished !== null) {
    const how = unfinished.killed
      ? 'has recorded no end: it was killed, or lost the database'
      : 'was stopped before its end';
    lines.push(`The night that began at ${unfinished.startedAt} ${how}. All of it is done again.`);
  }
  return lines;
}
