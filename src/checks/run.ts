import { type LiveSchema, readLiveSchema } from '../db/catalog.js';
import { describe, statementError } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import type { Session, SessionLimits } from '../db/session.js';
import { openSnapshot, type Snapshot } from '../db/snapshot.js';
import { activeKeys, type Baseline, violatingKeys } from './baseline.js';
import type { CatalogueEntry } from './catalogue.js';
import { locateError } from './locate.js';
import { type Measured, measureUnits } from './measure.js';
import { type GlobalParameters, type Globals, globalParameters } from './parameters.js';
import { type Plan, planChecks } from './plan.js';
import { unmetRequirements } from './requires.js';
import { compareWithBaseline, noteExpired, resultsOf } from './results.js';
import { takeSamples } from './sample.js';
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
  const snapshot = await openSnapshot(pool, options.jobs, { limits: limitsOf(options), signal: options.signal });
  try {
    return await judge(snapshot, checks, options, start);
  } finally {
    await snapshot.end();
  }
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
    const context: Judging = {
      snapshot,
      live,
      options,
      globals: globalParameters({ ...options.globals, now, since: options.since }),
      notes: [],
    };
    const outcome = await judgeAll(context, checks, now);
    if (snapshot.reason !== null)
      context.notes.unshift(`One connection instead of ${options.jobs}: ${snapshot.reason}.`);
    return {
      now,
      server,
      startedAt: start.at,
      durationMs: performance.now() - start.ms,
      snapshot: snapshot.kind,
      ...outcome,
      notes: context.notes,
    };
  } catch (error) {
    options.signal.throwIfAborted();
    throw statementError(error, 'run the checks');
  }
}

interface Judging {
  snapshot: Snapshot;
  live: LiveSchema;
  options: RunOptions;
  globals: GlobalParameters;
  notes: string[];
}

async function readClock(session: Session, asOf: string | null): Promise<{ now: string; server: string }> {
  const { rows } = await session.query<{ now: string; version: string }>(
    `SELECT date_trunc('milliseconds', transaction_timestamp()) AS now, current_setting('server_version') AS version`,
  );
  return { now: asOf ?? rows[0]?.now ?? '', server: `PostgreSQL ${rows[0]?.version.split(' ')[0]}` };
}

type Outcome = Pick<CheckRun, 'results' | 'queries' | 'complete' | 'keys'>;

async function judgeAll(context: Judging, checks: readonly CatalogueEntry[], now: string): Promise<Outcome> {
  const { options, live, globals, snapshot } = context;
  const switchedOn = checks.filter((check) => check.enabled);
  const unmet = await unmetRequirements(snapshot.first, switchedOn);
  const enabled = switchedOn.filter(({ id }) => !unmet.has(id));
  const { known, expired } =
    options.baseline === null ? { known: new Map(), expired: new Map() } : activeKeys(options.baseline, now);
  const plan = planChecks(enabled, live, { isSince: options.since !== null, known });
  let done = 0;
  const measured = await measureUnits(snapshot, plan.units, {
    globals,
    samples: options.samples,
    onUnit: (unit) => options.onProgress(unit.title, ++done, plan.units.length),
  });
  const results = resultsOf(checks, plan, measured, unmet);
  for (const [id, count] of expired) noteExpired(results.get(id), count);
  for (const [id, keys] of known)
    compareWithBaseline(results.get(id), checks, plan, measured, keys, options.since !== null);
  if (options.since !== null) noteScope(context, plan, results);
  const queries = measured.queries + (await addSamples(context, plan, measured, results));
  if (!measured.isLost) await locateErrors(context, enabled, results);
  const keys =
    options.collectKeys && !measured.isLost
      ? await collectKeys(context, enabled, results)
      : new Map<string, string[]>();
  return { results: [...results.values()], queries, complete: !measured.isLost, keys };
}

function noteScope({ notes }: Judging, plan: Plan, results: Map<string, CheckResult>): void {
  const whole: string[] = [];
  for (const [id, restriction] of plan.restrictions) {
    const result = results.get(id);
    if (result === undefined) continue;
    if (restriction !== null) result.scope = 'since';
    else whole.push(id);
  }
  if (whole.length > 0)
    notes.push(`--since could not narrow these checks, which looked at everything: ${whole.join(', ')}.`);
}

/** Adds masked samples to the results with violations. Returns the number of statements sent. */
async function addSamples(
  { snapshot, live, globals, options, notes }: Judging,
  plan: Plan,
  measured: Measured,
  results: Map<string, CheckResult>,
): Promise<number> {
  if (options.samples === 0 || measured.isLost) return 0;
  const run = { snapshot, live, globals, limit: options.samples, reveal: options.reveal };
  try {
    return await takeSamples(run, plan.units, measured.answers, {
      onSamples: ({ check }, samples) => {
        const result = results.get(check.id);
        if (result !== undefined) result.samples = samples;
      },
      onTrouble: ({ check }, error) => notes.push(`Samples of ${check.id} are missing: ${describe(error)}.`),
    });
  } catch (error) {
    options.signal.throwIfAborted();
    notes.push(`Samples are missing: ${describe(error)}.`);
    return 0;
  }
}

async function locateErrors(
  { snapshot, globals, options }: Judging,
  checks: readonly CatalogueEntry[],
  results: Map<string, CheckResult>,
): Promise<void> {
  for (const check of checks) {
    const result = results.get(check.id);
    if (result?.error?.code.startsWith('42') !== true) continue;
    try {
      const place = await locateError(snapshot.first, check, globals);
      if (place !== null)
        result.error = { code: result.error.code, position: { line: place.line, column: place.column } };
    } catch {
      options.signal.throwIfAborted(); // the verdict stands without its place
    }
  }
}

async function collectKeys(
  { snapshot, globals }: Judging,
  checks: readonly CatalogueEntry[],
  results: Map<string, CheckResult>,
): Promise<Map<string, string[]>> {
  const keys = new Map<string, string[]>();
  for (const check of checks) {
    const { status, violations } = results.get(check.id) ?? {};
    // What passes by its threshold needs no excuse, and may be most of a table.
    const isFinding = status === 'fail' || status === 'warn';
    if (isFinding && violations !== null) keys.set(check.id, await violatingKeys(snapshot.first, check, globals));
  }
  return keys;
}
