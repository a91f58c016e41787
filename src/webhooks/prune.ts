import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import { inRun, type WritingRun } from '../db/run.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';

/** Rows of one transaction: its locks and its WAL stay small, and an interrupted run has done what it says. */
const BATCH = 2_000;

export interface PruneOptions {
  runId: string;
  apply: boolean;
  /** Payloads older than this many days are removed. */
  payloadDays: number;
  /** Events older than this many days are removed with all that belongs to them. */
  keyDays: number;
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(text: string): void;
}

export interface Prunable {
  payloads: number;
  payloadBytes: number;
  events: number;
  /** Of these events, those that were given up and that nobody will be able to replay. */
  dead: number;
  /** Older than `keyDays` and kept: pending, waiting or processing, with a refund to make, or in a replay under way. */
  kept: number;
}

export interface Pruned {
  mode: 'dry-run' | 'apply';
  now: string;
  planned: Prunable;
  removed: { payloads: number; events: number } | null;
}

/** What is old, and no longer anybody's business: a replay that was killed a week ago is. `i` is a row of the inbox. */
const isOld = (days: string) => `i.received_at < now() - make_interval(days => ${days})`;
const IS_DONE = `i.status IN ('processed', 'ignored', 'dead') AND i.task IS NULL
  AND NOT EXISTS (SELECT FROM ops.webhook_replay_events e JOIN ops.webhook_replays r ON r.id = e.replay_id
    WHERE e.event_id = i.id AND e.result IS NULL AND r.status = 'running' AND r.started_at > now() - interval '7 days')`;

/** Removes old payloads and old events. Throws OPS_NOT_INSTALLED, LOCKED. */
export async function prune(pool: Pool, options: PruneOptions): Promise<Pruned> {
  await requireOps(pool, 'webhook_inbox', options);
  if (!options.apply) {
    return { mode: 'dry-run', ...(await plan(pool, options)), removed: null };
  }
  const { payloadDays, keyDays } = options;
  const { value } = await inRun(
    pool,
    {
      ...options,
      id: options.runId,
      command: 'webhooks prune',
      feature: 'webhooks prune',
      arguments: { payloadDays, keyDays },
      writes: [],
    },
    async (run) => {
      const planned = await plan(pool, options);
      const removed = await remove(pool, run, options, planned.planned);
      return { value: { mode: 'apply' as const, ...planned, removed }, exitCode: 0, summary: removed };
    },
  );
  return value;
}

async function plan(pool: Pool, options: PruneOptions): Promise<{ now: string; planned: Prunable }> {
  return inSession(pool, { ...options, mode: 'read' }, async (session) => {
    const { rows } = await session.query<Prunable & { now: string }>(
      `SELECT date_trunc('milliseconds', transaction_timestamp()) AS now, p.*, e.*
       FROM (
         SELECT count(*) AS payloads, coalesce(sum(octet_length(p.body)), 0)::int8 AS "payloadBytes"
         FROM ops.webhook_payloads p JOIN ops.webhook_inbox i ON i.id = p.event_id
         WHERE p.received_at < now() - make_interval(days => $1) AND ${isOld('$1')} AND ${IS_DONE}
       ) p, (
         SELECT count(*) FILTER (WHERE is_done) AS events, count(*) FILTER (WHERE is_done AND status = 'dead') AS dead,
           count(*) FILTER (WHERE NOT is_done) AS kept
         FROM (SELECT i.status, ${IS_DONE} AS is_done FROM ops.webhook_inbox i WHERE ${isOld('$2')}) i
       ) e`,
      [options.payloadDays, options.keyDays],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('counts without a row');
    const { now, ...planned } = row;
    return { now, planned };
  }).catch(couldNot('look for what is old', options.signal));
}

/** Events first: their payloads go with them. */
async function remove(
  pool: Pool,
  run: WritingRun,
  options: PruneOptions,
  planned: Prunable,
): Promise<{ payloads: number; events: number }> {
  const inBatches = async (what: string, of: number, batch: (session: Session) => Promise<number>): Promise<number> => {
    let removed = 0;
    for (;;) {
      await run.verify();
      const count = await inSession(pool, { ...options, mode: 'write' }, batch).catch(
        couldNot(`remove ${what}`, options.signal),
      );
      removed += count;
      options.onProgress(`Removing ${what} (${removed} of ${of})`);
      if (count < BATCH) return removed;
    }
  };
  let payloads = 0;
  const events = await inBatches('events', planned.events, async (session) => {
    const { rows } = await session.query<{ events: number; payloads: number }>(
      `WITH old AS MATERIALIZED (
         SELECT i.id, EXISTS (SELECT FROM ops.webhook_payloads p WHERE p.event_id = i.id) AS has_payload
         FROM ops.webhook_inbox i WHERE ${isOld('$1')} AND ${IS_DONE} ORDER BY i.received_at, i.id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
       ), gone AS (DELETE FROM ops.webhook_inbox i USING old WHERE i.id = old.id RETURNING old.has_payload)
       SELECT count(*) AS events, count(*) FILTER (WHERE has_payload) AS payloads FROM gone`,
      [options.keyDays],
    );
    payloads += rows[0]?.payloads ?? 0;
    return rows[0]?.events ?? 0;
  });
  payloads += await inBatches('payloads', planned.payloads, async (session) => {
    const { rowCount } = await session.query(
      `WITH old AS MATERIALIZED (
         SELECT p.event_id FROM ops.webhook_payloads p JOIN ops.webhook_inbox i ON i.id = p.event_id
         WHERE p.received_at < now() - make_interval(days => $1) AND ${isOld('$1')} AND ${IS_DONE}
         ORDER BY p.received_at, p.event_id LIMIT ${BATCH} FOR UPDATE OF i SKIP LOCKED
       )
       DELETE FROM ops.webhook_payloads p USING old WHERE p.event_id = old.event_id`,
      [options.payloadDays],
    );
    return rowCount ?? 0;
  });
  return { payloads, events };
}
