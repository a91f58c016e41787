import { isFailure } from '../ending.js';
import type { VerifiedEvent } from '../event.js';
import { describeFilter, type EventFilter } from '../filter.js';
import type { Effect, Predicted } from '../predict.js';
import type { Selection } from './candidate.js';
import type { BadLine } from './ndjson.js';
import type { ReplayResult, StoredReplay } from './store.js';

/** What is asked for. */
export type ReplayRequest =
  | { kind: 'ids'; ids: readonly string[] }
  | { kind: 'filter'; filter: EventFilter }
  /** Events of a file, or of Stripe's API; `isCut` where there are more than were brought. */
  | {
      kind: 'file' | 'stripe';
      name: string;
      events: readonly VerifiedEvent[];
      bad: readonly BadLine[];
      isCut: boolean;
      filter: Record<string, unknown>;
    }
  /** What is left of a replay, by its id or the beginning of it. */
  | { kind: 'resume'; replay: string };

/** What became of an event, or would. */
export interface ReplayedEvent {
  id: number | null;
  source: string;
  type: string;
  dedupeKey: string;
  subject: string | null;
  occurredAt: string | null;
  /** Its status before. */
  from: string;
  /** How the attempt ended, or would; null where there was none, or it could not be tried. */
  result: ReplayResult | 'lost' | null;
  /** Of a dry run. */
  effect: Effect | null;
  text: string;
  changes: Predicted['changes'];
}

export interface Replayed {
  mode: 'dry-run' | 'apply';
  request: ReplayRequest;
  /** Id under which it can be resumed; null in a dry run. */
  replay: string | null;
  matched: number;
  selected: number;
  /** Events that the limit left out. */
  cut: number;
  skipped: Selection['skipped'];
  conflicts: number;
  oldest: string | null;
  newest: string | null;
  events: ReplayedEvent[];
  /** `stopped` at --max-failures. Null in a dry run. */
  status: 'done' | 'stopped' | null;
  /** Not tried: after a stop. */
  left: number;
  /** Earlier replays that have not come to their end. */
  unfinished: StoredReplay[];
}

/** 1 where an event failed or would, waits, or was not tried. */
export function replayExitCode({ events, left }: Pick<Replayed, 'events' | 'left'>): 0 | 1 {
  const isWell = ({ result, effect }: ReplayedEvent) =>
    !isFailure(result) && result !== 'waiting' && effect !== 'error';
  return left === 0 && events.every(isWell) ? 0 : 1;
}

/** The selection, as it is recorded. */
export function describeRequest(request: ReplayRequest, { force }: { force: boolean }): Record<string, unknown> {
  switch (request.kind) {
    case 'ids':
      return { ids: request.ids, force };
    case 'filter':
      return { ...describeFilter(request.filter), force };
    case 'resume':
      return { resume: request.replay };
    default:
      return { ...request.filter, from: request.kind, name: request.name, force };
  }
}

/** How many events ended in each way. */
export function countsOf({ events, left }: Pick<Replayed, 'events' | 'left'>): Record<string, number> {
  const counts = countBy(events.flatMap(({ result }) => result ?? []));
  return left > 0 ? { ...counts, left } : counts;
}

/** How often each word is there. */
export function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
