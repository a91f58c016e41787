import type { Session } from '../db/session.js';
import { SOURCES } from './event.js';

/** How long a source has been quiet, and what it usually sends in such a time. */
export interface Silence {
  source: string;
  lastReceivedAt: string;
  quietMs: number;
  /**
   * Events in the same stretch of the week, median of the last four weeks: the stretch since the last event, of seven days
   * at most, moved back by whole weeks of the business time zone.
   */
  usual: number;
  /** Of these four weeks, how many the inbox remembers in full. */
  weeks: number;
  /** `unknown` with fewer than three weeks, or where the source usually sends less than ten events a week. */
  verdict: 'silent' | 'not silent' | 'unknown';
}

/** With ten to be expected, none at all is a coincidence once in 20,000 times. */
const LEAST_USUAL = 10;
export const LEAST_WEEKS = 3;
/** What comes in bursts may be late. */
const LEAST_QUIET_MS = 15 * 60_000;
/** As long as keys are kept by `webhooks prune` at least. */
const REMEMBERED = '35 days';

/** For each source that has ever sent something in the last 35 days. The check webhooks.silence says the same in its own words. */
export async function readSilences(session: Session, timezone: string): Promise<Silence[]> {
  const { rows } = await session.query<Omit<Silence, 'verdict'>>(
    `WITH sources AS (
       SELECT s.source, last.at AS last, first.at AS first
       FROM unnest($3::text[]) AS s (source)
       CROSS JOIN LATERAL (
         SELECT i.received_at AS at FROM ops.webhook_inbox i
         WHERE i.source = s.source AND i.received_at > now() - $2::interval AND i.received_at <= now() ORDER BY i.received_at DESC LIMIT 1
       ) last
       CROSS JOIN LATERAL (
         SELECT i.received_at AS at FROM ops.webhook_inbox i
         WHERE i.source = s.source AND i.received_at > now() - $2::interval ORDER BY i.received_at LIMIT 1
       ) first
     ), stretches AS (
       SELECT source, first, back.week, moved.start, moved.stop
       FROM sources CROSS JOIN generate_series(1, 4) AS back (week)
       CROSS JOIN LATERAL (
         SELECT ((greatest(last, now() - interval '7 days') AT TIME ZONE $1) - back.week * interval '7 days') AT TIME ZONE $1 AS start,
           ((now() AT TIME ZONE $1) - back.week * interval '7 days') AT TIME ZONE $1 AS stop
       ) moved
     ), counted AS (
       SELECT s.source, s.week, s.first <= s.start AS is_known,
         (SELECT count(*) FROM ops.webhook_inbox i WHERE i.source = s.source AND i.received_at > s.start AND i.received_at <= s.stop) AS events
       FROM stretches s
     )
     SELECT s.source, s.last AS "lastReceivedAt", (extract(epoch FROM now() - s.last) * 1000)::float8 AS "quietMs",
       coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY c.events::float8) FILTER (WHERE c.is_known), 0) AS usual,
       count(*) FILTER (WHERE c.is_known) AS weeks
     FROM sources s JOIN counted c USING (source) GROUP BY s.source, s.last ORDER BY s.source`,
    [timezone, REMEMBERED, SOURCES],
  );
  return rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
}

const WEEK_MS = 7 * 86_400_000;

function verdictOf({ usual, weeks, quietMs }: Omit<Silence, 'verdict'>): Silence['verdict'] {
  if (weeks < LEAST_WEEKS) return 'unknown';
  if (usual >= LEAST_USUAL) return quietMs >= LEAST_QUIET_MS ? 'silent' : 'not silent';
  return quietMs >= WEEK_MS ? 'unknown' : 'not silent';
}
