import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type SessionLimits } from '../db/session.js';
import type { Logger } from '../logger.js';
import { type AttemptOptions, processEvent, processTogether } from './attempt.js';
import { createBell } from './bell.js';
import { type ClaimedEvent, type ClaimKind, claimDue, endLeases, giveBack } from './claim.js';
import { type Attempt, type AttemptResult, isFailure } from './ending.js';
import { listen } from './listen.js';
import { findMessagesOf } from './messages.js';
import { BATCH_MS } from './schedule.js';

export interface WorkerOptions {
  runId: string;
  /** How many events are worked on at once. */
  count: number;
  timezone: string;
  sold: readonly string[];
  limits: SessionLimits;
  log: Logger;
  /** After each attempt, when it is committed. */
  onAttempt(event: ClaimedEvent, attempt: Attempt, ms: number): void;
}

export type AttemptCounts = Readonly<Record<AttemptResult, number>>;

export interface Workers {
  /** Something was stored: look at once. */
  wake(): void;
  /** Takes nothing more, finishes what is under way, gives the rest back. Resolves within 10 seconds, whatever the database does. */
  stop(): Promise<void>;
  /** How the attempts so far ended. */
  counts(): AttemptCounts;
}

/** Events that are taken in one transaction: few enough that one process does not take all of a burst. */
const BATCH = 50;

/** Events that are worked on in one transaction: it holds the rows of all of them until it ends. */
const TOGETHER = 10;

/** Where nothing rings: behind a pooler, and for what becomes due by itself. */
const POLL_MS = 1_000;
const LEASES_MS = 2_000;

/** After a bell. */
const GATHER_MS = 20;

/** The wait after the database was away: from the first to the longest. */
const BACK_OFF_MS = [200, 10_000] as const;

/** For the event under way, then for giving the rest back: less than 10 s in all. */
const FINISH_MS = 7_000;
const GIVE_BACK_MS = 2_000;

/** Starts workers on the inbox: any number of them, in any number of processes. */
export function startWorkers(pool: Pool, options: WorkerOptions): Workers {
  const bell = createBell();
  const stopping = new AbortController();
  const cutting = new AbortController();
  // Every session of every worker listens.
  for (const { signal } of [stopping, cutting]) setMaxListeners(0, signal);
  const counts = { processed: 0, ignored: 0, waiting: 0, retry: 0, dead: 0, lost: 0 };
  const state: State = {
    pool,
    options,
    bell,
    stopping: stopping.signal,
    cutting: cutting.signal,
    counts,
    leasesAt: 0,
    againAt: 0,
  };
  const working = Array.from({ length: options.count }, () => work(state));
  const listening = listen(pool, bell, stopping.signal);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      stopping.abort();
      bell.ring();
      const timer = setTimeout(() => cutting.abort(new Error('the workers were stopped')), FINISH_MS);
      const ended = Promise.all([...working, listening]);
      await Promise.race([ended, sleep(FINISH_MS + GIVE_BACK_MS + 500, undefined, { ref: false })]);
      clearTimeout(timer);
    })();
    return stopped;
  };
  return { wake: () => bell.ring(), stop, counts: () => ({ ...counts }) };
}

interface State {
  pool: Pool;
  options: WorkerOptions;
  bell: ReturnType<typeof createBell>;
  stopping: AbortSignal;
  /** Cancels what is under way, when there is no more time. */
  cutting: AbortSignal;
  counts: Record<AttemptResult, number>;
  /** When this process looks for leases that have ended, by its own clock. */
  leasesAt: number;
  /** The same for events that failed before; nothing rings for them. */
  againAt: number;
}

/** What a worker has taken and not ended yet: its token, until there is nothing left of it. */
interface Debt {
  token: string | null;
}

/** One worker: takes events, works on them, sleeps. Never rejects. */
async function work(state: State): Promise<void> {
  const { bell, options, stopping } = state;
  const debt: Debt = { token: null };
  let backOff = 0;
  while (!stopping.aborted) {
    const heard = bell.rings;
    try {
      await payBack(state, debt);
      await endOldLeases(state);
      const fresh = await takeAndWork(state, 'fresh', debt);
      const again = await takeAgain(state, debt);
      backOff = 0;
      if (fresh || again) continue;
      await bell.wait(POLL_MS, heard);
      // What arrives meanwhile is taken with it: to take an event costs nearly as much as to work on it.
      if (bell.rings !== heard) await sleep(GATHER_MS);
    } catch (error) {
      if (stopping.aborted) break;
      backOff = Math.min(Math.max(backOff * 2, BACK_OFF_MS[0]), BACK_OFF_MS[1]);
      options.log.warn({ reason: describe(error), waitMs: backOff }, 'webhooks cannot be worked on for now');
      const spread = 0.8 + Math.random() * 0.4;
      await sleep(backOff * spread, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
  // A lease that cannot be given back in time ends by itself.
  await Promise.race([payBack(state, debt).catch(() => undefined), sleep(GIVE_BACK_MS, undefined, { ref: false })]);
}

async function payBack({ pool, options }: State, debt: Debt): Promise<void> {
  const { token } = debt;
  if (token === null) return;
  await inSession(pool, { mode: 'write', limits: options.limits }, (session) => giveBack(session, token));
  debt.token = null;
}

async function endOldLeases(state: State): Promise<void> {
  const { pool, options, cutting } = state;
  if (performance.now() < state.leasesAt) return;
  state.leasesAt = performance.now() + LEASES_MS;
  const ended = await inSession(pool, { mode: 'write', limits: options.limits, signal: cutting }, endLeases);
  if (ended > 0) options.log.warn({ events: ended }, 'webhooks whose process was killed or lost are tried again');
}

/** One event that failed before; where there is none, this process looks again in a while. */
async function takeAgain(state: State, debt: Debt): Promise<boolean> {
  if (performance.now() < state.againAt) return false;
  const isFound = await takeAndWork(state, 'again', debt);
  if (!isFound) state.againAt = performance.now() + POLL_MS;
  return isFound;
}

/** True where there was something to do. Leaves the token in `debt` where some of it was not ended. */
async function takeAndWork(state: State, kind: ClaimKind, debt: Debt): Promise<boolean> {
  const { pool, options, stopping, cutting } = state;
  if (stopping.aborted || debt.token !== null) return true;
  const token = randomUUID();
  const taken = performance.now();
  debt.token = token;
  const events = await inSession(pool, { mode: 'write', limits: options.limits, signal: cutting }, (session) =>
    claimDue(session, token, kind, BATCH),
  );
  const findMessages = await findMessagesOf(pool, events, { limits: options.limits, signal: cutting });
  const around = { ...options, signal: cutting, isReplay: false, findMessages };
  const isOver = () => stopping.aborted || performance.now() > taken + BATCH_MS;
  for (const group of groupsOf(events)) {
    if (isOver()) return true;
    if (await workTogether(state, group, around)) continue;
    for (const event of group) {
      if (isOver()) return true;
      const begun = performance.now();
      note(state, event, await processEvent(pool, event, around), performance.now() - begun);
    }
  }
  debt.token = null;
  return events.length > 0;
}

/** Runs of events that may share a transaction, at most TOGETHER of them. */
function groupsOf(events: readonly ClaimedEvent[]): ClaimedEvent[][] {
  const groups: ClaimedEvent[][] = [];
  for (const event of events) {
    const group = groups.at(-1);
    if (group?.every(isBrief) === true && isBrief(event) && group.length < TOGETHER) group.push(event);
    else groups.push([event]);
  }
  return groups;
}

/** Somebody waits for the reply to an SMS, which is not told before its transaction has ended. */
const isBrief = ({ type }: ClaimedEvent) => type !== 'sms.inbound';

/** True where all of them are done with; where one of them does not end well, each has to be tried alone. */
async function workTogether(state: State, events: readonly ClaimedEvent[], around: AttemptOptions): Promise<boolean> {
  if (events.length === 1) return false;
  const begun = performance.now();
  const attempts = await processTogether(state.pool, events, around);
  const ms = (performance.now() - begun) / events.length;
  for (const [index, attempt] of attempts?.entries() ?? []) {
    const event = events[index];
    if (event !== undefined) note(state, event, attempt, ms);
  }
  return attempts !== null;
}

function note({ counts, options }: State, event: ClaimedEvent, attempt: Attempt, ms: number): void {
  const { log } = options;
  const { id, source, type, attempt: number } = event;
  const { result, text } = attempt;
  counts[result]++;
  const line = { eventId: id, source, type, attempt: number, result, reason: text, ms: Math.round(ms) };
  if (result === 'dead') log.error(line, 'a webhook was given up');
  else if (isFailure(result)) log.warn(line, 'an attempt at a webhook failed');
  else log.debug(line, 'an attempt at a webhook ended');
  options.onAttempt(event, attempt, ms);
}
