import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { requireOpsIn } from '../db/requirements.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import { readSilences, type Silence } from './silence.js';

/** What was received since a time, of one source or (null) of all. */
export interface Traffic {
  source: string | null;
  received: number;
  /** Deliveries of what was there already. */
  duplicates: number;
  /** Of these, with another content. */
  conflicts: number;
  processed: number;
  ignored: number;
  pending: number;
  processing: number;
  waiting: number;
  dead: number;
  /** Events that needed more than one attempt. */
  retried: number;
  perMinute: number;
  /** In the busiest minute of the clock. */
  peakPerMinute: number;
  /** From receipt to end, in milliseconds; null where nothing has ended. Replayed events are left out: a person made them wait. */
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
}

/** What is open now, whenever it was received. */
export interface Backlog {
  pending: number;
  waiting: number;
  processing: number;
  /** Under a lease that has run out: whoever had it is gone. */
  abandoned: number;
  /** The pending event that is due for the longest time. */
  oldest: { id: number; receivedAt: string; overdueMs: number } | null;
  needsRefund: number;
  /** SMS replies since that no delivery was answered with. */
  repliesNotHandedOut: number;
}

export interface DeadLetters {
  reason: string;
  source: string;
  type: string;
  count: number;
  oldest: string;
  newest: string;
}

export interface Stats {
  now: string;
  since: string;
  traffic: Traffic[];
  total: Traffic;
  backlog: Backlog;
  /** All that are dead now, most numerous first. */
  dead: DeadLetters[];
  silences: Silence[];
}

export interface StatsOptions {
  /** Null for the last 24 hours. */
  since: string | null;
  timezone: string;
  limits: SessionLimits;
  signal: AbortSignal;
}

/** How the inbox is doing, on one instant. Throws OPS_NOT_INSTALLED. */
export async function readStats(pool: Pool, { limits, signal, ...asked }: StatsOptions): Promise<Stats> {
  return inSession(pool, { mode: 'read', limits, signal }, (session) => readStatsIn(session, asked)).catch(
    couldNot('read the inbox', signal),
  );
}

/** The same in a session of the caller's, for other numbers of the same instant. */
export async function readStatsIn(
  session: Session,
  { since, timezone }: Pick<StatsOptions, 'since' | 'timezone'>,
): Promise<Stats> {
  await requireOpsIn(session, 'webhook_inbox');
  const { rows } = await session.query<{ now: string; since: string }>(
    `SELECT now, coalesce($1::timestamptz, now - interval '24 hours') AS since
     FROM (SELECT date_trunc('milliseconds', transaction_timestamp()) AS now) AS clock`,
    [since],
  );
  const [clock] = rows;
  if (clock === undefined) throw new Error('no clock');
  const traffic = await readTraffic(session, clock.since, clock.now);
  const total = traffic.find((each) => each.source === null);
  if (total === undefined) throw new Error('a grouping without its total');
  return {
    ...clock,
    traffic: traffic.filter((each) => each.source !== null),
    total,
    backlog: await readBacklog(session, clock.since),
    dead: await readDeadLetters(session),
    silences: await readSilences(session, timezone),
  };
}

async function readTraffic(session: Session, since: string, now: string): Promise<Traffic[]> {
  const { rows } = await session.query<Traffic & { latencies: number[] | null }>(
    `WITH seen AS (
       SELECT i.*, CASE WHEN NOT EXISTS (SELECT FROM ops.webhook_replay_events r WHERE r.event_id = i.id)
           THEN extract(epoch FROM i.processed_at - i.received_at) * 1000 END AS latency
       FROM ops.webhook_inbox i WHERE i.received_at >= $1 AND i.received_at <= $2
     ), minutes AS (
       SELECT source, date_trunc('minute', received_at) AS minute, count(*) AS events
       FROM seen GROUP BY GROUPING SETS ((source, date_trunc('minute', received_at)), (date_trunc('minute', received_at)))
     ), peaks AS (SELECT source, max(events) AS events FROM minutes GROUP BY source)
     SELECT s.source, count(*) AS received, coalesce(sum(delivery_count - 1), 0)::int8 AS duplicates,
       coalesce(sum(conflict_count), 0)::int8 AS conflicts,
       ${['processed', 'ignored', 'pending', 'processing', 'waiting', 'dead']
         .map((status) => `count(*) FILTER (WHERE status = '${status}') AS ${status}`)
         .join(', ')},
       count(*) FILTER (WHERE attempts > 1) AS retried,
       (count(*) / greatest(extract(epoch FROM $2::timestamptz - $1::timestamptz) / 60, 1))::float8 AS "perMinute",
       coalesce((SELECT p.events FROM peaks p WHERE p.source IS NOT DISTINCT FROM s.source), 0) AS "peakPerMinute",
       percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY latency::float8) AS latencies
     FROM seen s GROUP BY GROUPING SETS ((s.source), ()) ORDER BY s.source`,
    [since, now],
  );
  return rows.map(({ latencies, ...row }) => {
    const [p50Ms = null, p95Ms = null, p99Ms = null] = latencies ?? [];
    return { ...row, p50Ms, p95Ms, p99Ms };
  });
}

type FlatBacklog = Omit<Backlog, 'oldest'> & { id: number | null; receivedAt: string | null; overdueMs: number | null };

/**
 * In a read-only transaction now() is the instant of the snapshot, to within the time that it took to begin. What is open
 * is asked for in the words of the partial indexes, which are used by these alone.
 */
async function readBacklog(session: Session, since: string): Promise<Backlog> {
  const { rows } = await session.query<FlatBacklog>(
    `SELECT o.*, (SELECT count(*) FROM ops.webhook_inbox WHERE task = 'refund needed') AS "needsRefund",
       (SELECT count(*) FROM ops.webhook_replies WHERE created_at >= $1 AND handed_out_at IS NULL) AS "repliesNotHandedOut",
       first.id, first.received_at AS "receivedAt", (extract(epoch FROM now() - first.next_attempt_at) * 1000)::float8 AS "overdueMs"
     FROM (
       SELECT count(*) FILTER (WHERE status = 'pending') AS pending, count(*) FILTER (WHERE status = 'waiting') AS waiting,
         count(*) FILTER (WHERE status = 'processing') AS processing,
         count(*) FILTER (WHERE status = 'processing' AND lease_until < now()) AS abandoned
       FROM ops.webhook_inbox WHERE status IN ('pending', 'waiting') OR status = 'processing'
     ) o
     LEFT JOIN LATERAL (
       SELECT id, received_at, next_attempt_at FROM ops.webhook_inbox
       WHERE status IN ('pending', 'waiting') AND status = 'pending' AND next_attempt_at <= now()
       ORDER BY next_attempt_at, id LIMIT 1
     ) first ON true`,
    [since],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('counts without a row');
  const { id, receivedAt, overdueMs, ...counts } = row;
  const oldest = id === null || receivedAt === null || overdueMs === null ? null : { id, receivedAt, overdueMs };
  return { ...counts, oldest };
}

async function readDeadLetters(session: Session): Promise<DeadLetters[]> {
  const { rows } = await session.query<DeadLetters>(
    `SELECT dead_reason AS reason, source, event_type AS type, count(*) AS count,
       min(received_at) AS oldest, max(received_at) AS newest
     FROM ops.webhook_inbox WHERE status = 'dead' GROUP BY 1, 2, 3 ORDER BY count DESC, 1, 2, 3`,
  );
  return rows;
}
