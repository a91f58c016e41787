import { randomUUID } from 'node:crypto';
import type { RowChange } from '../changed-rows.js';
import { describe, isDatabaseAway } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session } from '../db/session.js';
import { type AttemptOptions, attemptSession, handle } from './attempt.js';
import { type InboxEvent, readInboxEvent } from './claim.js';
import { type AttemptResult, failureOf, sentence } from './ending.js';
import type { Outcome } from './event.js';

/** What a replay would do, in one word; `unknown` where it cannot be tried here. */
export type Effect = 'change' | 'no-op' | 'error' | 'unknown';

/** A change that an event would make, as the ledger would have it. */
interface PredictedChange extends RowChange {
  reason: string;
}

export interface Predicted {
  effect: Effect;
  /** How the attempt would end; null where it cannot be tried. */
  result: Exclude<AttemptResult, 'lost'> | null;
  /** One sentence without personal data. */
  text: string;
  task: string | null;
  changes: PredictedChange[];
}

/** Why nothing can be tried with this role on this server; null where it can. */
export async function obstacleToPrediction(
  pool: Pool,
  access: Pick<AttemptOptions, 'limits' | 'signal'>,
): Promise<string | null> {
  return inSession(pool, { mode: 'read', ...access }, async (session) => {
    const { rows } = await session.query<{ standby: boolean; may: boolean }>(
      `SELECT pg_is_in_recovery() AS standby,
         has_table_privilege('ops.runs', 'INSERT') AND has_table_privilege('ops.change_log', 'INSERT') AS may`,
    );
    if (rows[0]?.standby === true)
      return 'This server is a standby: what a replay does can be tried on the primary only.';
    return rows[0]?.may === true ? null : 'This role may not write, and so cannot try what a replay does.';
  });
}

/**
 * What an attempt would do now: the same handler, in a transaction that is rolled back. Needs no lease. `find` brings the
 * event in that transaction: one that is not in the inbox yet is put there for as long. Throws as `processEvent`.
 */
export async function predict(
  pool: Pool,
  find: (session: Session) => Promise<InboxEvent>,
  options: AttemptOptions,
): Promise<Predicted> {
  try {
    return await inSession(pool, attemptSession(options), async (session): Promise<never> => {
      throw new Tried(await tryOut(session, find, options));
    });
  } catch (error) {
    if (error instanceof Tried) return error.predicted;
    options.signal.throwIfAborted();
    if (isDatabaseAway(error)) throw error;
    const { kind, text } = failureOf(error);
    return { effect: 'error', result: kind === 'dead' ? 'dead' : 'retry', text, task: null, changes: [] };
  }
}

/** Takes the transaction back, with what is known by then. */
class Tried extends Error {
  readonly predicted: Predicted;

  constructor(predicted: Predicted) {
    super();
    this.predicted = predicted;
  }
}

async function tryOut(
  session: Session,
  find: (session: Session) => Promise<InboxEvent>,
  options: AttemptOptions,
): Promise<Predicted> {
  const runId = randomUUID();
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
  const text = sentence(outcome.outcome);
  if (outcome.kind === 'waiting' && (await hasWaited(session, event, outcome)))
    return { effect: 'error', result: 'dead', text, task: null, changes };
  const { task = null } = outcome.kind === 'processed' ? outcome : {};
  return { effect: changes.length > 0 ? 'change' : 'no-op', result: outcome.kind, text, task, changes };
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

/** For one event that is only looked at: trouble is said in its place, and everything else is shown. */
export async function predictOrSayWhy(pool: Pool, id: number, options: AttemptOptions): Promise<Predicted> {
  const unknown = (text: string): Predicted => ({ effect: 'unknown', result: null, text, task: null, changes: [] });
  try {
    const obstacle = await obstacleToPrediction(pool, options);
    if (obstacle !== null) return unknown(obstacle);
    return await predict(pool, (session) => readInboxEvent(session, id), options);
  } catch (error) {
    options.signal.throwIfAborted();
    return unknown(`It could not be tried: ${describe(error)}.`);
  }
}
