import { statementError } from '../../db/errors.js';
import type { Pool } from '../../db/pool.js';
import { inRun, type RunOptions, requireOps, type WritingRun } from '../../db/run.js';
import { inSession, type SessionLimits } from '../../db/session.js';
import { SmsfoodError } from '../../errors.js';
import type { VerifiedEvent } from '../event.js';
import { describeFilter, type EventFilter } from '../filter.js';
import type { Effect, Predicted } from '../predict.js';
import type { Candidate, Selection } from './candidate.js';
import type { BadLine } from './ndjson.js';
import { predictAll } from './predict-all.js';
import { refuseNothing, selectBrought, selectByFilter, selectByIds } from './select.js';
import {
  findReplay,
  freeze,
  type ReplayResult,
  readOpen,
  type StoredReplay,
  setStatus,
  takeOver,
  unfinished,
} from './store.js';
import { workThrough } from './work-through.js';

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

export interface ReplayOptions {
  runId: string;
  apply: boolean;
  force: boolean;
  limit: number;
  /** Events a second. */
  rate: number;
  /** Stops when so many have failed. */
  maxFailures: number;
  reason: string | null;
  /** Who asks, for the record. */
  user: string;
  timezone: string;
  sold: readonly string[];
  /** Tables of the platform that events change, and in which they create rows. */
  writes: RunOptions['writes'];
  creates: RunOptions['writes'];
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(text: string): void;
}

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

const FAILED: readonly (string | null)[] = ['retry', 'dead', 'lost', 'waiting'];

/** 1 where an event failed or would, waits, or was not tried. */
export function replayExitCode({ events, left }: Pick<Replayed, 'events' | 'left'>): 0 | 1 {
  return left > 0 || events.some(({ result, effect }) => FAILED.includes(result) || effect === 'error') ? 1 : 0;
}

/** Replays events, or says what that would do. Throws NOT_FOUND, NOTHING_SELECTED, LOCKED, OPS_NOT_INSTALLED, DB_…. */
export async function replay(pool: Pool, request: ReplayRequest, options: ReplayOptions): Promise<Replayed> {
  await requireOps(pool, 'webhook_replays', options);
  try {
    if (options.apply) return await apply(pool, request, options);
    const { selection, open } = await select(pool, request, options);
    const chosen = [...selection.chosen, ...open];
    const events = await predictAll(pool, chosen, options);
    return summarise(request, selection, chosen, {
      mode: 'dry-run',
      replay: null,
      events,
      status: null,
      unfinished: [],
    });
  } catch (error) {
    options.signal.throwIfAborted();
    throw statementError(error, 'replay the events');
  }
}

const NOTHING: Selection = { chosen: [], skipped: [], matched: 0, conflicts: 0 };

/** What a resumed replay has left is `open`, and not selected again. */
async function select(
  pool: Pool,
  request: ReplayRequest,
  options: ReplayOptions,
): Promise<{ selection: Selection; open: Candidate[] }> {
  if (request.kind === 'resume') {
    const open = await inSession(pool, { mode: 'read', ...options }, async (session) => {
      const { id } = await openReplay(await findReplay(session, request.replay));
      return (await readOpen(session, id)).map(asCandidate);
    });
    return { selection: { ...NOTHING, matched: open.length }, open };
  }
  return { selection: await selection(pool, request, options), open: [] };
}

async function selection(
  pool: Pool,
  request: Exclude<ReplayRequest, { kind: 'resume' }>,
  options: ReplayOptions,
): Promise<Selection> {
  if (request.kind === 'ids') return selectByIds(pool, request.ids, options);
  const isOfInbox = request.kind === 'filter';
  const found = isOfInbox
    ? await selectByFilter(pool, request.filter, options)
    : await selectBrought(pool, request.events, options);
  refuseNothing(found, isOfInbox ? 'No event of the inbox matches' : `${request.name} has no such event`);
  return found;
}

function openReplay(stored: StoredReplay): StoredReplay {
  if (stored.open > 0) return stored;
  throw new SmsfoodError('NOTHING_SELECTED', `Replay ${stored.id} has come to its end: nothing is left of it.`);
}

function asCandidate(event: Awaited<ReturnType<typeof readOpen>>[number]): Candidate {
  const { id, type, dedupeKey, subject, occurredAt, status } = event;
  const source = event.source;
  return { id, source, type, dedupeKey, subject, occurredAt, status, event: null };
}

async function apply(pool: Pool, request: ReplayRequest, options: ReplayOptions): Promise<Replayed> {
  const { runId, force, limit, rate, maxFailures, user } = options;
  const resumed = request.kind === 'resume' ? await resumable(pool, request.replay, options) : null;
  const what = resumed === null ? describeRequest(request, options) : { resume: resumed.id };
  const result = await inRun(
    pool,
    {
      ...options,
      id: runId,
      command: 'webhooks replay',
      feature: 'webhooks replay',
      arguments: { ...flat(what), force, limit, rate, maxFailures, user },
    },
    async (run) => {
      const replayed = await replayAll(pool, run, request, resumed, options);
      return { value: replayed, exitCode: replayExitCode(replayed), summary: countsOf(replayed) };
    },
  );
  return result.value;
}

function resumable(pool: Pool, start: string, options: ReplayOptions): Promise<StoredReplay> {
  return inSession(pool, { mode: 'read', ...options }, async (session) => openReplay(await findReplay(session, start)));
}

async function replayAll(
  pool: Pool,
  run: WritingRun,
  request: ReplayRequest,
  resumed: StoredReplay | null,
  options: ReplayOptions,
): Promise<Replayed> {
  const id = resumed?.id ?? run.id;
  const { selection } = resumed === null ? await select(pool, request, options) : { selection: NOTHING };
  if (resumed === null && selection.chosen.length === 0)
    return summarise(request, selection, [], {
      mode: 'apply',
      replay: null,
      events: [],
      status: 'done',
      unfinished: [],
    });
  const force = resumed === null ? options.force : resumed.filter.force === true;
  const started = await inSession(pool, { mode: 'write', ...options }, async (session) => {
    if (resumed === null) {
      const filter = describeRequest(request, options);
      await freeze(session, { id, filter, reason: options.reason }, selection.chosen);
    } else {
      await takeOver(session, id);
      await setStatus(session, id, 'running');
    }
    return { open: await readOpen(session, id), unfinished: await unfinished(session, id) };
  });
  const { events, status } = await workThrough(pool, run, started.open, { ...options, replayId: id, force });
  const chosen = started.open.map(asCandidate);
  const matched = resumed === null ? selection.matched : chosen.length;
  return summarise(request, { ...selection, matched }, chosen, {
    mode: 'apply',
    replay: id,
    events,
    status,
    unfinished: started.unfinished,
  });
}

function summarise(
  request: ReplayRequest,
  { matched, skipped, conflicts }: Selection,
  chosen: readonly Candidate[],
  rest: Pick<Replayed, 'mode' | 'replay' | 'events' | 'status' | 'unfinished'>,
): Replayed {
  const times = chosen.flatMap(({ occurredAt }) => occurredAt ?? []).sort();
  return {
    ...rest,
    request,
    matched,
    selected: chosen.length,
    cut: matched - chosen.length - skipped.length,
    skipped,
    conflicts,
    oldest: times[0] ?? null,
    newest: times.at(-1) ?? null,
    left: chosen.length - rest.events.length,
  };
}

/** The selection, as it is recorded. */
export function describeRequest(
  request: ReplayRequest,
  { force }: Pick<ReplayOptions, 'force'>,
): Record<string, unknown> {
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

/** As a run's arguments: nothing nested. */
function flat(values: Record<string, unknown>): Record<string, string | number | boolean | null> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]): [string, string | number | boolean | null][] => {
      if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        return [[key, value]];
      return [[key, Array.isArray(value) ? value.join(' ') : JSON.stringify(value)]];
    }),
  );
}

/** How many events ended in each way. */
export function countsOf({ events, left }: Pick<Replayed, 'events' | 'left'>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { result } of events) if (result !== null) counts[result] = (counts[result] ?? 0) + 1;
  return left > 0 ? { ...counts, left } : counts;
}
