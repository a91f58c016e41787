import { describe, isDatabaseAway } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionLimits, type SessionOptions } from '../db/session.js';
import type { ClaimedEvent, InboxEvent } from './claim.js';
import { type Attempt, type Ended, type Ending, endAll, endingOf, failureOf, LeaseLost } from './ending.js';
import { type Outcome, PermanentError } from './event.js';
import type { Surroundings } from './handlers/handler.js';
import { HANDLERS } from './handlers/index.js';
import { findMessages } from './messages.js';
import { BATCH_MS } from './schedule.js';

export interface AttemptOptions extends Omit<Surroundings, 'inbox' | 'findMessages'> {
  limits: SessionLimits;
  signal: AbortSignal;
  findMessages?: Surroundings['findMessages'];
}

/**
 * One attempt at an event: the handler, in the transaction that ends the event and its lease. Throws only where the
 * database is away (see `isDatabaseAway`) or the signal is aborted: the event is then to be given back.
 */
export async function processEvent(pool: Pool, event: ClaimedEvent, options: AttemptOptions): Promise<Attempt> {
  const session = attemptSession(options);
  const started = performance.now();
  const conclude = async (within: Session, ending: Ending): Promise<Attempt> => {
    const [attempt] = await endAll(within, [{ event, ending, started, finished: performance.now() }], options.runId);
    if (attempt === undefined) throw new LeaseLost();
    return attempt;
  };
  try {
    return await inSession(pool, session, async (within) => {
      const outcome = await handle(within, event, options);
      return conclude(within, endingOf(outcome));
    });
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof LeaseLost) return { result: 'lost', text: error.message };
    if (isDatabaseAway(error)) throw error;
    try {
      return await inSession(pool, session, (within) => conclude(within, failureOf(error)));
    } catch (second) {
      options.signal.throwIfAborted();
      if (isDatabaseAway(second)) throw second;
      // What cannot even be recorded must not come back uncounted: its lease is left to end.
      return { result: 'lost', text: second instanceof LeaseLost ? second.message : describe(second) };
    }
  }
}

/**
 * Attempts at several events in one transaction, one after the other, which saves most of what a transaction costs. Null
 * where one of them does not end well: nothing was written then, and each is to be tried alone. Throws as `processEvent`.
 */
export async function processTogether(
  pool: Pool,
  events: readonly ClaimedEvent[],
  options: AttemptOptions,
): Promise<Attempt[] | null> {
  const { limits, ...session } = attemptSession(options);
  // It holds rows of several customers, so it waits for nobody.
  const lockTimeoutMs = Math.min(limits.lockTimeoutMs, TOGETHER_LOCK_MS);
  try {
    return await inSession(pool, { ...session, limits: { ...limits, lockTimeoutMs } }, async (within) => {
      const attempts: Attempt[] = [];
      const ended: Ended[] = [];
      const inbox = async () => {
        attempts.push(...(await endAll(within, ended.splice(0), options.runId)));
        return within;
      };
      for (const event of events) {
        const started = performance.now();
        const ending = endingOf(await handle(within, event, options, inbox));
        ended.push({ event, ending, started, finished: performance.now() });
      }
      await inbox();
      return attempts;
    });
  } catch (error) {
    options.signal.throwIfAborted();
    if (isDatabaseAway(error)) throw error;
    return null;
  }
}

const LOCK_MS = 750;
const TOGETHER_LOCK_MS = 100;

/**
 * The event, its lease and its effects are written in one transaction: a crash of the server that loses one of them loses
 * all, and the event is worked on again when its lease ends. A worker that was suspended holds its locks no longer than its
 * lease. It gives way before the server looks for a deadlock (a second, unless set otherwise), so that the platform's
 * transactions never fail because of it.
 */
export function attemptSession({ limits, signal }: AttemptOptions): SessionOptions {
  return {
    mode: 'write',
    limits: {
      ...limits,
      statementTimeoutMs: Math.min(limits.statementTimeoutMs, BATCH_MS),
      idleInTransactionTimeoutMs: Math.min(limits.idleInTransactionTimeoutMs, BATCH_MS),
      lockTimeoutMs: Math.min(limits.lockTimeoutMs, LOCK_MS),
    },
    signal,
    isRepeatable: true,
  };
}

/** What comes of an event in the hands of its handler; rejects as that does. `inbox` as in Surroundings. */
export async function handle(
  session: Session,
  event: InboxEvent,
  options: AttemptOptions,
  inbox = () => Promise.resolve(session),
): Promise<Outcome> {
  const handler = HANDLERS.get(event.type);
  if (handler === undefined) return { kind: 'ignored', outcome: 'Nothing is to be done on an event of this type.' };
  if (event.body === null) throw new PermanentError('pruned', 'Its payload was pruned: it can be looked at no longer.');
  return handler.handle(session, { ...event, body: event.body }, { findMessages, ...options, inbox });
}
