import { describe, sqlState } from '../db/errors.js';
import type { Session } from '../db/session.js';
import { redact } from '../redaction.js';
import type { ClaimedEvent } from './claim.js';
import { type Outcome, PermanentError } from './event.js';
import { MAX_ATTEMPTS, nextAttemptAt } from './schedule.js';

/** `lost`: nothing was written, as the lease was another's by then. */
export type AttemptResult = 'processed' | 'ignored' | 'waiting' | 'retry' | 'dead' | 'lost';

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

export function endingOf(outcome: Outcome): Ending {
  const { kind } = outcome;
  const text = sentence(outcome.outcome);
  if (kind === 'waiting') return { kind, text, deadReason: outcome.deadReason, deadAfterMs: outcome.deadAfterMs };
  return kind === 'ignored' ? { kind, text } : { kind, text, task: outcome.task, reply: outcome.reply };
}

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

/** The row, its attempt and its reply in one statement, for the holder of the lease alone. Throws LeaseLost. */
export async function end(
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
