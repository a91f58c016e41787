import type { Pool } from '../../db/pool.js';
import type { WritingRun } from '../../db/run.js';
import { inSession, type SessionLimits } from '../../db/session.js';
import { processEvent } from '../attempt.js';
import { claimEvent, giveBack } from '../claim.js';
import { isFailure } from '../ending.js';
import type { EventStatus } from '../event.js';
import { bySubject } from './candidate.js';
import { inLanes } from './lanes.js';
import type { ReplayedEvent } from './replayed.js';
import { type FrozenEvent, recordResult, setStatus } from './store.js';

export interface WorkThroughOptions {
  replayId: string;
  force: boolean;
  rate: number;
  maxFailures: number;
  timezone: string;
  sold: readonly string[];
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(text: string): void;
}

/** How often, in milliseconds, it is asked whether the lock of the run is still ours. */
const VERIFY_MS = 1_000;

/**
 * From which states an event is taken that was in this one when the selection was frozen, or read again: what somebody
 * else has ended by then is not done once more.
 */
function takenFrom({ status, isEnded }: FrozenEvent, force: boolean): readonly EventStatus[] {
  if (isEnded || (status === 'processed' && !force)) return [];
  return status === 'processing' ? ['pending', 'waiting', 'dead'] : ['pending', 'waiting', status];
}

/**
 * Works through a frozen selection by the code that live work goes through, and keeps each result. Where it is
 * interrupted or the database is lost, what was in hand is given back, and the rest can be resumed.
 */
export async function workThrough(
  pool: Pool,
  run: WritingRun,
  open: readonly FrozenEvent[],
  options: WorkThroughOptions,
): Promise<{ events: ReplayedEvent[]; status: 'done' | 'stopped' }> {
  const { limits, signal, replayId, rate, maxFailures } = options;
  const done = new Map<number, ReplayedEvent>();
  let failures = 0;
  const verify = sometimes(() => run.verify());
  // Without the signal: what an interrupted replay leaves behind is put in order all the same.
  const afterwards = { mode: 'write' as const, limits };
  try {
    await inLanes(bySubject(open), { rate, signal, isOver: () => failures >= maxFailures }, async (event) => {
      await verify();
      const replayed = await replayOne(pool, run.id, event, options);
      done.set(event.position, replayed);
      if (isFailure(replayed.result)) failures += 1;
      options.onProgress(`Replaying (${done.size} of ${open.length})`);
    });
  } catch (error) {
    await inSession(pool, afterwards, async (session) => {
      await giveBack(session, run.id);
      if (signal.aborted) await setStatus(session, replayId, 'cancelled');
    }).catch(() => undefined);
    throw error;
  }
  const status = done.size < open.length ? 'stopped' : 'done';
  await inSession(pool, afterwards, (session) => setStatus(session, replayId, status));
  return { events: open.flatMap(({ position }) => done.get(position) ?? []), status };
}

async function replayOne(
  pool: Pool,
  runId: string,
  event: FrozenEvent,
  { force, limits, signal, timezone, sold, replayId }: WorkThroughOptions,
): Promise<ReplayedEvent> {
  const { position, status, isEnded: _, ...own } = event;
  const from = takenFrom(event, force);
  const write = { mode: 'write' as const, limits, signal };
  const claimed = await inSession(pool, write, (session) => claimEvent(session, event.id, from, runId));
  if (claimed === null) {
    await inSession(pool, write, (session) => recordResult(session, replayId, position, 'skipped'));
    const text = 'It needed none by then: it was processed, or somebody is at work on it.';
    return { ...own, from: status, result: 'skipped', effect: null, text, changes: [] };
  }
  const { result, text } = await processEvent(pool, claimed, { runId, timezone, sold, isReplay: true, limits, signal });
  await inSession(pool, { mode: 'write', limits }, (session) =>
    recordResult(session, replayId, position, result === 'lost' ? 'retry' : result),
  );
  return { ...own, from: status, result, effect: null, text, changes: [] };
}

/** One call at a time, and none so soon after another: several lanes ask over one connection. */
function sometimes(verify: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> | undefined;
  let at = Number.NEGATIVE_INFINITY;
  return () => {
    if (last === undefined || performance.now() - at > VERIFY_MS) {
      at = performance.now();
      last = (last ?? Promise.resolve()).then(verify);
    }
    return last;
  };
}
