import type { Pool } from '../../db/pool.js';
import type { Session, SessionLimits } from '../../db/session.js';
import { type InboxEvent, readInboxEvent } from '../claim.js';
import { obstacleToPrediction, predict } from '../predict.js';
import { bySubject, type Candidate } from './candidate.js';
import { inLanes } from './lanes.js';
import type { ReplayedEvent } from './replayed.js';
import { idsOf, keepEvents } from './store.js';

export interface PredictOptions {
  rate: number;
  timezone: string;
  sold: readonly string[];
  runId: string;
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(text: string): void;
}

/** What each event alone would do now: what those before it would have changed is taken back by then. */
export async function predictAll(
  pool: Pool,
  chosen: readonly Candidate[],
  options: PredictOptions,
): Promise<ReplayedEvent[]> {
  const obstacle = await obstacleToPrediction(pool, options);
  if (obstacle !== null) return chosen.map((each) => asReplayed(each, { effect: 'unknown', text: obstacle }));
  const predicted = new Map<Candidate, ReplayedEvent>();
  const pace = { rate: options.rate, signal: options.signal, isOver: () => false };
  await inLanes(bySubject(chosen), pace, async (candidate) => {
    const { effect, result, text, changes } = await predict(pool, (session) => bring(session, candidate), {
      ...options,
      isReplay: true,
    });
    predicted.set(candidate, { ...asReplayed(candidate, { effect, text }), result, changes });
    options.onProgress(`Trying events (${predicted.size} of ${chosen.length})`);
  });
  return chosen.flatMap((candidate) => predicted.get(candidate) ?? []);
}

function asReplayed(candidate: Candidate, { effect, text }: Pick<ReplayedEvent, 'effect' | 'text'>): ReplayedEvent {
  const { event: _, status, ...own } = candidate;
  return { ...own, from: status, result: null, effect, text, changes: [] };
}

async function bring(session: Session, { id, event }: Candidate): Promise<InboxEvent> {
  if (event !== null) await keepEvents(session, [event]);
  const known = id ?? (await idsOf(session, event === null ? [] : [event]))[0];
  if (known === undefined) throw new Error('an event that was selected is gone');
  return readInboxEvent(session, known);
}
