import { couldNot } from '../../db/errors.js';
import type { Pool } from '../../db/pool.js';
import { requireOps } from '../../db/requirements.js';
import { inRun, type WritingRun } from '../../db/run.js';
import { inSession, type Session, type SessionLimits } from '../../db/session.js';
import { SmsfoodError } from '../../errors.js';
import { HANDLER_TABLES } from '../handlers/index.js';
import type { Selection } from './candidate.js';
import { predictAll } from './predict-all.js';
import { countsOf, describeRequest, type Replayed, type ReplayRequest, replayExitCode } from './replayed.js';
import { refuseNothing, selectBrought, selectByFilter, selectByIds } from './select.js';
import {
  type FrozenEvent,
  findReplay,
  freeze,
  readOpen,
  type StoredReplay,
  setStatus,
  takeOver,
  unfinished,
} from './store.js';
import { workThrough } from './work-through.js';

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
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(text: string): void;
}

type NewRequest = Exclude<ReplayRequest, { kind: 'resume' }>;
type ResumeRequest = ReplayRequest & { kind: 'resume' };

/** Replays events, or says what that would do. Throws NOT_FOUND, NOTHING_SELECTED, LOCKED, OPS_NOT_INSTALLED, DB_…. */
export async function replay(pool: Pool, request: ReplayRequest, options: ReplayOptions): Promise<Replayed> {
  await requireOps(pool, 'webhook_replays', options);
  const replaying = () => {
    if (!options.apply) return dryRun(pool, request, options);
    return request.kind === 'resume' ? goOn(pool, request, options) : begin(pool, request, options);
  };
  return replaying().catch(couldNot('replay the events', options.signal));
}

async function dryRun(pool: Pool, request: ReplayRequest, options: ReplayOptions): Promise<Replayed> {
  const selection =
    request.kind === 'resume'
      ? allOf(await inSession(pool, { mode: 'read', ...options }, (session) => readRest(session, request)))
      : await select(pool, request, options);
  const events = await predictAll(pool, selection.chosen, options);
  return summarise(request, selection, { mode: 'dry-run', replay: null, events, status: null, unfinished: [] });
}

/** A new replay: what it selects is frozen before the first event is worked on. */
async function begin(pool: Pool, request: NewRequest, options: ReplayOptions): Promise<Replayed> {
  const filter = describeRequest(request, options);
  return inReplayRun(pool, filter, options, async (run) => {
    const selection = await select(pool, request, options);
    if (selection.chosen.length === 0) {
      return summarise(request, selection, { mode: 'apply', replay: null, events: [], status: 'done', unfinished: [] });
    }
    const { open, others } = await inSession(pool, { mode: 'write', ...options }, async (session) => {
      await freeze(session, { id: run.id, filter, reason: options.reason }, selection.chosen);
      return { open: await readOpen(session, run.id), others: await unfinished(session, run.id) };
    });
    const worked = await workThrough(pool, run, open, { ...options, replayId: run.id });
    return summarise(request, selection, { mode: 'apply', replay: run.id, ...worked, unfinished: others });
  });
}

/** What is left of an earlier one, which is not selected anew. */
async function goOn(pool: Pool, request: ResumeRequest, options: ReplayOptions): Promise<Replayed> {
  const stored = await inSession(pool, { mode: 'read', ...options }, (session) => findUnfinished(session, request));
  return inReplayRun(pool, { resume: stored.id }, options, async (run) => {
    const { open, others } = await inSession(pool, { mode: 'write', ...options }, async (session) => {
      await takeOver(session, stored.id);
      await setStatus(session, stored.id, 'running');
      return { open: await readOpen(session, stored.id), others: await unfinished(session, stored.id) };
    });
    const force = stored.filter.force === true;
    const worked = await workThrough(pool, run, open, { ...options, replayId: stored.id, force });
    return summarise(request, allOf(open), { mode: 'apply', replay: stored.id, ...worked, unfinished: others });
  });
}

async function inReplayRun(
  pool: Pool,
  what: Record<string, unknown>,
  options: ReplayOptions,
  work: (run: WritingRun) => Promise<Replayed>,
): Promise<Replayed> {
  const { runId: id, force, limit, rate, maxFailures, user } = options;
  const name = 'webhooks replay';
  const run = {
    ...options,
    ...HANDLER_TABLES,
    id,
    command: name,
    feature: name,
    arguments: { ...flat(what), force, limit, rate, maxFailures, user },
  };
  const { value } = await inRun(pool, run, async (writing) => {
    const replayed = await work(writing);
    return { value: replayed, exitCode: replayExitCode(replayed), summary: countsOf(replayed) };
  });
  return value;
}

async function select(pool: Pool, request: NewRequest, options: ReplayOptions): Promise<Selection> {
  if (request.kind === 'ids') return selectByIds(pool, request.ids, options);
  if (request.kind === 'filter') {
    const found = await selectByFilter(pool, request.filter, options);
    refuseNothing(found, 'No event of the inbox matches');
    return found;
  }
  const found = await selectBrought(pool, request.events, options);
  refuseNothing(found, `${request.name} has no such event`);
  return found;
}

async function findUnfinished(session: Session, { replay: start }: ResumeRequest): Promise<StoredReplay> {
  const stored = await findReplay(session, start);
  if (stored.open > 0) return stored;
  throw new SmsfoodError('NOTHING_SELECTED', `Replay ${stored.id} has come to its end: nothing is left of it.`);
}

async function readRest(session: Session, request: ResumeRequest): Promise<FrozenEvent[]> {
  return readOpen(session, (await findUnfinished(session, request)).id);
}

/** A selection that was made before. */
function allOf(open: readonly FrozenEvent[]): Selection {
  const chosen = open.map(({ position: _, isEnded: __, ...event }) => ({ ...event, event: null }));
  return { chosen, skipped: [], matched: chosen.length, conflicts: 0 };
}

function summarise(
  request: ReplayRequest,
  { chosen, matched, skipped, conflicts }: Selection,
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
