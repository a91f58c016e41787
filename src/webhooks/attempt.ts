import { randomUUID } from 'node:crypto';
import { describe, isDatabaseAway, sqlState } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import { redact } from '../redaction.js';
import type { ClaimedEvent, InboxEvent } from './claim.js';
import { type Outcome, PermanentError } from './event.js';
import type { Surroundings } from './handlers/handler.js';
import { HANDLERS } from './handlers/index.js';
import { findMessages } from './messages.js';
import { BATCH_MS, MAX_ATTEMPTS, nextAttemptAt } from './schedule.js';

export interface AttemptOptions extends Omit<Surroundings, 'findMessages'> {
  limits: SessionLimits;
  signal: AbortSignal;
  findMessages?: Surroundings['findMessages'];
}

/** `lost`: nothing was written, as the lease was another's by then. */
export type AttemptResult = 'processed' | 'ignored' | 'waiting' | 'retry' | 'dead' | 'lost';

/** How an attempt ended, with a sentence. */
export interface Attempt {
  result: AttemptResult;
  text: string;
}

/**
 * One attempt at an event: the handler, in the transaction that ends the event and its lease. Throws only where the
 * database is away (see `isDatabaseAway`) or the signal is aborted: the event is then to be given back.
 */
export async function processEvent(pool: Pool, event: ClaimedEvent, options: AttemptOptions): Promise<Attempt> {
  const session = {
    mode: 'write' as const,
    limits: attemptLimits(options.limits),
    signal: options.signal,
    // The event, its lease and its effects are written in one transaction: a crash of the server that loses one of them
    // loses all, and the event is worked on again when its lease ends.
    isRepeatable: true,
  };
  const started = performance.now();
  const conclude = (ending: Ending) => (within: Session) =>
    end(within, event, ending, { runId: options.runId, ms: performance.now() - started });
  try {
    return await inSession(pool, session, async (within) => {
      const outcome = await handle(within, event, options);
      return conclude(endingOf(outcome))(within);
    });
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof LeaseLost) return { result: 'lost', text: error.message };
    if (isDatabaseAway(error)) throw error;
    try {
      return await inSession(pool, session, conclude(failureOf(error)));
    } catch (second) {
      options.signal.throwIfAborted();
      if (isDatabaseAway(second)) throw second;
      // What cannot even be recorded must not come back uncounted: its lease is left to end.
      return { result: 'lost', text: second instanceof LeaseLost ? second.message : describe(second) };
    }
  }
}

/** A change that an event would make, as the ledger would have it. */
export interface PredictedChange {
  table: string;
  row: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown>;
  reason: string;
}

export interface Prediction extends Attempt {
  task: string | null;
  reply: string | null;
  changes: PredictedChange[];
}

/**
 * What an attempt would do now: the same handler, in a transaction that is rolled back. Needs no lease. `find` brings the
 * event in that transaction: one that is not in the inbox yet is put there for as long.
 */
export async function predictEvent(
  pool: Pool,
  find: (session: Session) => Promise<InboxEvent>,
  options: AttemptOptions,
): Promise<Prediction> {
  let prediction: Prediction | undefined;
  const runId = randomUUID();
  const limits = attemptLimits(options.limits);
  try {
    await inSession(pool, { mode: 'write', limits, signal: options.signal }, async (session) => {
      await session.query(
        `INSERT INTO ops.runs (id, command, arguments, version, host, started_at, status)
         VALUES ($1, 'webhooks', '{}', '', '', clock_timestamp(), 'running')`,
        [runId],
      );
      const event = await find(session);
      const outcome = await handle(session, event, { ...options, runId });
      const { rows: changes } = await session.query<PredictedChange>(
        `SELECT table_name AS "table", row_id AS row, before, after, reason FROM ops.change_log WHERE run_id = $1 ORDER BY id`,
        [runId],
      );
      const { task = null, reply = null } = outcome.kind === 'processed' ? outcome : {};
      const result = outcome.kind === 'waiting' && (await hasWaited(session, event, outcome)) ? 'dead' : outcome.kind;
      prediction = { result, text: sentence(outcome.outcome), task, reply, changes };
      throw new RolledBack();
    });
  } catch (error) {
    if (error instanceof RolledBack && prediction !== undefined) return prediction;
    options.signal.throwIfAborted();
    if (isDatabaseAway(error)) throw error;
    const { kind, text } = failureOf(error);
    return { result: kind === 'dead' ? 'dead' : 'retry', text, task: null, reply: null, changes: [] };
  }
  throw new Error('a prediction was committed');
}

/** It has waited for as long as it may: whoever ends the attempt says so. */
async function hasWaited(
  session: Session,
  { receivedAt }: InboxEvent,
  { deadAfterMs }: Outcome & { kind: 'waiting' },
): Promise<boolean> {
  const { rows } = await session.query<{ over: boolean }>(
    `SELECT clock_timestamp() >= $1::timestamptz + $2 * interval '1 millisecond' AS over`,
    [receivedAt, deadAfterMs],
  );
  return rows[0]?.over === true;
}

class RolledBack extends Error {}

class LeaseLost extends Error {
  constructor() {
    super('The lease had ended, and nothing was written.');
  }
}

/**
 * A worker that was suspended holds its locks no longer than its lease. It gives way before the server looks for a
 * deadlock (a second, unless set otherwise), so that the platform's transactions never fail because of it.
 */
function attemptLimits(limits: SessionLimits): SessionLimits {
  return {
    ...limits,
    statementTimeoutMs: Math.min(limits.statementTimeoutMs, BATCH_MS),
    idleInTransactionTimeoutMs: Math.min(limits.idleInTransactionTimeoutMs, BATCH_MS),
    lockTimeoutMs: Math.min(limits.lockTimeoutMs, 750),
  };
}

async function handle(session: Session, event: InboxEvent, options: AttemptOptions): Promise<Outcome> {
  const handler = HANDLERS.get(event.type);
  if (handler === undefined) return { kind: 'ignored', outcome: 'Nothing is to be done on an event of this type.' };
  if (event.body === null) throw new PermanentError('pruned', 'Its payload was pruned: it can be looked at no longer.');
  return handler.handle(session, { ...event, body: event.body }, { findMessages, ...options });
}

/** What the event's row is told. `failed` is another try, or the end after the last one. */
interface Ending {
  kind: 'processed' | 'ignored' | 'waiting' | 'failed' | 'dead';
  text: string;
  task?: string | undefined;
  reply?: string | undefined;
  deadReason?: string;
  deadAfterMs?: number;
}

function endingOf(outcome: Outcome): Ending {
  const { kind } = outcome;
  const text = sentence(outcome.outcome);
  if (kind === 'waiting') return { kind, text, deadReason: outcome.deadReason, deadAfterMs: outcome.deadAfterMs };
  return kind === 'ignored' ? { kind, text } : { kind, text, task: outcome.task, reply: outcome.reply };
}

function failureOf(error: unknown): Ending {
  if (error instanceof PermanentError)
    return { kind: 'dead', text: sentence(error.message), deadReason: error.deadReason };
  const state = sqlState(error);
  const text = `${describe(error)}${state === undefined ? '' : ` (SQLSTATE ${state})`}.`;
  if (state?.startsWith('22') === true)
    return { kind: 'dead', text: `A value of it fits no column: ${text}`, deadReason: 'invalid' };
  if (state === '23505') return { kind: 'dead', text: `Another row has it already: ${text}`, deadReason: 'conflict' };
  return { kind: 'failed', text };
}

/** As it is stored: without what is personal, and without the one character that no text of the database can have. */
function sentence(text: string): string {
  return redact(text.replaceAll('\0', '')).slice(0, 1_000);
}

/** The row, its attempt and its reply in one statement, for the holder of the lease alone. Throws LeaseLost. */
async function end(
  session: Session,
  event: ClaimedEvent,
  { kind, text, task, reply, deadReason, deadAfterMs }: Ending,
  { runId, ms }: { runId: string; ms: number },
): Promise<Attempt> {
  const values = [
    event.id,
    event.token,
    kind,
    text,
    task ?? null,
    deadReason ?? 'attempts',
    deadAfterMs ?? 0,
    reply ?? null,
    runId,
    ms,
  ];
  // What a customer is told must last.
  if (reply !== undefined) await session.query('SET LOCAL synchronous_commit TO DEFAULT');
  const { rows } = await session.query<{ result: Exclude<AttemptResult, 'lost'> }>(END, values, 'repeated');
  if (rows[0] === undefined) throw new LeaseLost();
  return { result: rows[0].result, text };
}

const END = `
  WITH held AS MATERIALIZED (
    SELECT id, attempts, ${nextAttemptAt('attempts')} AS next, received_at + $7 * interval '1 millisecond' AS dead_at
    FROM ops.webhook_inbox WHERE id = $1 AND lease_token = $2::uuid AND lease_until > clock_timestamp()
    FOR NO KEY UPDATE
  ), verdict AS (
    SELECT id, attempts AS number, least(next, CASE WHEN $3 = 'waiting' THEN dead_at END) AS next, CASE
        WHEN $3 = 'failed' THEN CASE WHEN attempts < ${MAX_ATTEMPTS} THEN 'pending' ELSE 'dead' END
        WHEN $3 = 'waiting' THEN CASE WHEN clock_timestamp() < dead_at THEN 'waiting' ELSE 'dead' END
        ELSE $3 END AS status
    FROM held
  ), ended AS (
    UPDATE ops.webhook_inbox i
    SET status = v.status, lease_token = NULL, lease_until = NULL,
      outcome = CASE WHEN v.status IN ('processed', 'ignored', 'waiting') THEN $4 END,
      last_error = CASE WHEN v.status IN ('pending', 'dead') THEN $4 ELSE i.last_error END,
      processed_at = CASE WHEN v.status IN ('processed', 'ignored') THEN clock_timestamp() END,
      task = CASE WHEN v.status = 'processed' THEN $5 ELSE i.task END,
      dead_reason = CASE WHEN v.status = 'dead' THEN $6 END,
      next_attempt_at = CASE WHEN v.status IN ('pending', 'waiting') THEN v.next ELSE i.next_attempt_at END
    FROM verdict v WHERE i.id = v.id
  ), replied AS (
    INSERT INTO ops.webhook_replies (event_id, body)
    SELECT id, $8 FROM verdict WHERE $8::text IS NOT NULL
    ON CONFLICT (event_id) DO NOTHING
  ), attempted AS (
    INSERT INTO ops.webhook_attempts (event_id, number, run_id, started_at, finished_at, result, error)
    SELECT id, number, $9::uuid, clock_timestamp() - $10 * interval '1 millisecond', clock_timestamp(),
      CASE status WHEN 'pending' THEN 'retry' ELSE status END, CASE WHEN status IN ('pending', 'waiting', 'dead') THEN $4 END
    FROM verdict
    RETURNING result
  )
  SELECT result FROM attempted`;
