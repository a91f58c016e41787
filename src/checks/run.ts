import { readLiveSchema } from '../db/catalog.js';
import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import type { Session, SessionLimits } from '../db/session.js';
import { inSnapshot, type Snapshot } from '../db/snapshot.js';
import type { Baseline } from './baseline.js';
import type { CatalogueEntry } from './catalogue.js';
import { type Judging, judgeAll } from './judge.js';
import { type Globals, globalParameters } from './parameters.js';
import type { CheckResult } from './verdict.js';

export interface RunOptions {
  /** Sessions at work side by side. */
  jobs: number;
  limits: SessionLimits;
  /** Violating rows to show of each check. */
  samples: number;
  reveal: boolean;
  /** The run's clock, ISO 8601 in UTC; null reads the database's once. */
  asOf: string | null;
  /** Judge only rows created or updated since, ISO 8601 in UTC. */
  since: string | null;
  globals: Omit<Globals, 'now' | 'since'>;
  baseline: Baseline | null;
  /** Also gather the hashed keys of all violations, to write a baseline. */
  collectKeys: boolean;
  signal: AbortSignal;
  onProgress(what: string, done: number, of: number): void;
}

/** Verdicts on all there is, as it is now: for whoever needs no more than these. */
export const VERDICTS_ONLY = {
  samples: 0,
  reveal: false,
  asOf: null,
  since: null,
  baseline: null,
  collectKeys: false,
} as const satisfies Partial<RunOptions>;

export interface CheckRun {
  now: string;
  /** `PostgreSQL 18.1`. */
  server: string;
  startedAt: string;
  durationMs: number;
  snapshot: 'shared' | 'single';
  /** Statements that judged or sampled. */
  queries: number;
  /** False when the database was lost before everything was judged. */
  complete: boolean;
  results: CheckResult[];
  /** Hashed keys by check id, where they were asked for. */
  keys: Map<string, string[]>;
  /** What a reader must know to trust the numbers. */
  notes: string[];
}

/**
 * Judges checks on one instant of the database and returns exactly one result for each. Trouble with one check is that
 * check's result; only trouble that concerns all of them (no connection at all, an interrupt) is thrown.
 */
export async function runChecks(pool: Pool, checks: readonly CatalogueEntry[], options: RunOptions): Promise<CheckRun> {
  const start = timeOf();
  return inSnapshot(pool, options.jobs, { limits: limitsOf(options), signal: options.signal }, (snapshot) =>
    judge(snapshot, checks, options, start),
  );
}

/** The same on an instant that the caller has open and ends, for verdicts on just the rows that others read in it. */
export async function runChecksOn(
  snapshot: Snapshot,
  checks: readonly CatalogueEntry[],
  options: RunOptions,
): Promise<CheckRun> {
  const start = timeOf();
  await snapshot.widen(options.jobs, limitsOf(options));
  return judge(snapshot, checks, options, start);
}

interface Start {
  at: string;
  /** On the clock of performance.now(). */
  ms: number;
}

function timeOf(): Start {
  return { at: new Date().toISOString(), ms: performance.now() };
}

/**
 * Several sessions at work keep that many cores busy already: parallel workers beside them cost 10% more, and a server in
 * production more than --jobs says.
 */
function limitsOf({ jobs, limits }: RunOptions): SessionLimits {
  return jobs > 1 ? { ...limits, parallelWorkers: 0 } : limits;
}

async function judge(
  snapshot: Snapshot,
  checks: readonly CatalogueEntry[],
  options: RunOptions,
  start: Start,
): Promise<CheckRun> {
  try {
    const live = await readLiveSchema(snapshot.first, snapshot.pool.url.schema);
    const { now, server } = await readClock(snapshot.first, options.asOf);
    const judging: Judging = {
      snapshot,
      live,
      options,
      now,
      globals: globalParameters({ ...options.globals, now, since: options.since }),
      notes: [],
    };
    const judged = await judgeAll(judging, checks);
    const { reason, kind } = snapshot;
    return {
      ...judged,
      now,
      server,
      startedAt: start.at,
      durationMs: performance.now() - start.ms,
      snapshot: kind,
      notes:
        reason === null ? judging.notes : [`One connection instead of ${options.jobs}: ${reason}.`, ...judging.notes],
    };
  } catch (error) {
    return couldNot('run the checks', options.signal)(error);
  }
}

async function readClock(session: Session, asOf: string | null): Promise<{ now: string; server: string }> {
  const { rows } = await session.query<{ now: string; version: string }>(
    `SELECT date_trunc('milliseconds', transaction_timestamp()) AS now, current_setting('server_version') AS version`,
  );
  return { now: asOf ?? rows[0]?.now ?? '', server: `PostgreSQL ${rows[0]?.version.split(' ')[0]}` };
}
