import { describe, sqlState } from '../db/errors.js';
import type { Session } from '../db/session.js';
import { redact } from '../redaction.js';
import type { ClaimedEvent } from './claim.js';
import { type Outcome, PermanentError } from './event.js';
import { MAX_ATTEMPTS, NEXT_ATTEMPT_AT } from './schedule.js';

/** `lost`: nothing was written, as the lease was another's by then. */
export type AttemptResult = 'processed' | 'ignored' | 'waiting' | 'retry' | 'dead' | 'lost';

const FAILURES: readonly (string | null)[] = ['retry', 'dead', 'lost'];

/** Whether an attempt came to nothing. To wait for a row is no failure. */
export function isFailure(result: string | null): boolean {
  return FAILURES.includes(result);
}

/** How an attempt ended, with a sentence. */
export interface Attempt {
  result: AttemptResult;
  text: string;
}

/** The event is another's by now. */
export class LeaseLost extends Error {
  constructor() {
    super('The lease had ended, and nothing was written.');
  }
}

/** What the event's row is told. `failed` is another try, or the end after the last one. */
export interface Ending {
  kind: 'processed' | 'ignored' | 'waiting' | 'failed' | 'dead';
  text: string;
  task?: string | undefined;
  reply?: string | undefined;
  deadReason?: string;
  deadAfterMs?: number;
}

/** What the row is told of how a handler ended. */
export function endingOf(outcome: Outcome): Ending {
  const { kind } = outcome;
  const text = sentence(outcome.outcome);
  if (kind === 'waiting') return { kind, text, deadReason: outcome.deadReason, deadAfterMs: outcome.deadAfterMs };
  return kind === 'ignored' ? { kind, text } : { kind, text, task: outcome.task, reply: outcome.reply };
}

/** The same of what was thrown: what no further attempt can mend is dead at once. */
export function failureOf(error: unknown): Ending {
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
export function sentence(text: string): string {
  return redact(text.replaceAll('\0', '')).slice(0, 1_000);
}

/** An attempt that has come to its end and is to be written down. Its times are as performance.now() gave them. */
export interface Ended {
  event: ClaimedEvent;
  ending: Ending;
  started: number;
  finished: number;
}

/**
 * The rows, their attempts and their replies in one statement, for the holder of the lease alone: events that were taken
 * together. Throws LeaseLost where one of them is another's.
 */
export async function endAll(session: Session, ended: readonly Ended[], runId: string): Promise<Attempt[]> {
  if (ended.length === 0) return [];
  const now = performance.now();
  const given = ended.map(({ event, ending, started, finished }) => ({
    id: event.id,
    ...ending,
    startedAgo: now - started,
    finishedAgo: now - finished,
  }));
  // What a customer is told must last.
  if (given.some(({ reply }) => reply !== undefined)) await session.query('SET LOCAL synchronous_commit TO DEFAULT');
  const values = [JSON.stringify(given), ended.map(({ event }) => event.id), ended[0]?.event.token, runId];
  const { rows } = await session.query<Written>(END, values, 'repeated');
  const results = new Map(rows.map(({ id, result }) => [id, result]));
  return ended.map(({ event, ending }) => {
    const result = results.get(event.id);
    if (result === undefined) throw new LeaseLost();
    return { result, text: ending.text };
  });
}

interface Written {
  id: number;
  result: Exclude<AttemptResult, 'lost'>;
}

const END = `
  WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json)
      AS g (id bigint, kind text, "text" text, task text, reply text, "deadReason" text, "deadAfterMs" float8, "startedAgo" float8, "finishedAgo" float8)
  ), held AS MATERIALIZED (
    SELECT id, attempts, received_at FROM ops.webhook_inbox
    WHERE id = ANY ($2::bigint[]) AND lease_token = $3::uuid AND lease_until > clock_timestamp()
    ORDER BY id FOR NO KEY UPDATE
  ), timed AS (
    SELECT g.*, attempts AS number, ${NEXT_ATTEMPT_AT} AS next,
      received_at + coalesce("deadAfterMs", 0) * interval '1 millisecond' AS dead_at
    FROM held JOIN given g USING (id)
  ), verdict AS MATERIALIZED (
    SELECT *, CASE
        WHEN kind = 'failed' THEN CASE WHEN number < ${MAX_ATTEMPTS} THEN 'pending' ELSE 'dead' END
        WHEN kind = 'waiting' THEN CASE WHEN clock_timestamp() < dead_at THEN 'waiting' ELSE 'dead' END
        ELSE kind END AS status
    FROM timed
  ), ended AS (
    UPDATE ops.webhook_inbox i
    SET status = v.status, lease_token = NULL, lease_until = NULL,
      outcome = CASE WHEN v.status IN ('processed', 'ignored', 'waiting') THEN v.text END,
      last_error = CASE WHEN v.status IN ('pending', 'dead') THEN v.text ELSE i.last_error END,
      processed_at = CASE WHEN v.status IN ('processed', 'ignored') THEN clock_timestamp() END,
      task = CASE WHEN v.status = 'processed' THEN v.task ELSE i.task END,
      dead_reason = CASE WHEN v.status = 'dead' THEN coalesce(v."deadReason", 'attempts') END,
      next_attempt_at = CASE WHEN v.status IN ('pending', 'waiting') THEN least(v.next, CASE WHEN v.kind = 'waiting' THEN v.dead_at END)
        ELSE i.next_attempt_at END
    FROM verdict v WHERE i.id = v.id
  ), replied AS (
    INSERT INTO ops.webhook_replies (event_id, body)
    SELECT id, reply FROM verdict WHERE reply IS NOT NULL
    ON CONFLICT (event_id) DO NOTHING
  ), attempted AS (
    INSERT INTO ops.webhook_attempts (event_id, number, run_id, started_at, finished_at, result, error)
    SELECT id, number, $4::uuid, clock_timestamp() - "startedAgo" * interval '1 millisecond', clock_timestamp() - "finishedAgo" * interval '1 millisecond',
      CASE status WHEN 'pending' THEN 'retry' ELSE status END, CASE WHEN status IN ('pending', 'waiting', 'dead') THEN "text" END
    FROM verdict
    RETURNING event_id AS id, result
  )
  SELECT id, result FROM attempted`;
