import { holdLock } from '../db/lock.js';
import type { Pool } from '../db/pool.js';
import { requireWritable } from '../db/requirements.js';
import { inRun, type RunResult } from '../db/run.js';
import { inSession, type SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { type Past, readPast } from './past.js';
import { notRun, runStep } from './run-step.js';
import type { Step, StepName, StepResult } from './step.js';

export interface NightOptions {
  runId: string;
  apply: boolean;
  releaseInactive: boolean;
  /** Steps that have no turn, by --only or --skip. */
  leftOut: ReadonlySet<StepName>;
  /** True with --only: a part of a night, which makes up for none. */
  isPartial: boolean;
  timezone: string;
  stepTimeoutMs: number;
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(text: string): void;
}

/** What a night came to. */
export interface Night {
  mode: 'dry-run' | 'apply';
  startedAt: string;
  durationMs: number;
  /** Null where earlier nights are not known. */
  past: Past | null;
  steps: StepResult[];
  /** What a reader must know besides. */
  notes: string[];
  /** 1 for findings (also beside errors), 3 for errors, that of the signal where it was told to stop. */
  exitCode: number;
}

/**
 * Runs the steps one after the other under one lock, each with a time-out, a lock and a record of its own, and records how
 * each ended. Throws only where no step was begun: LOCKED, and with `apply` OPS_NOT_INSTALLED and DB_PERMISSION.
 */
export async function runNight(pool: Pool, steps: readonly Step[], options: NightOptions): Promise<Night> {
  const { runId, apply, releaseInactive, leftOut, isPartial, limits, signal } = options;
  const access = { limits, signal };
  const unrecorded = await whyUnrecorded(pool, options);
  if (unrecorded !== null) {
    const lock = await holdLock(pool, 'nightly', access);
    try {
      return await allSteps(pool, steps, options, [`This night is not recorded. ${unrecorded}`]);
    } finally {
      await lock.release();
    }
  }
  const only = isPartial ? steps.filter(({ name }) => !leftOut.has(name)).map(({ name }) => name) : [];
  const skip = isPartial ? [] : [...leftOut];
  const list = (names: readonly StepName[]) => (names.length === 0 ? null : names.join(' '));
  let night: Night | undefined;
  try {
    await inRun(
      pool,
      {
        id: runId,
        command: 'nightly',
        arguments: { apply, releaseInactive, only: list(only), skip: list(skip) },
        writes: [],
        ...access,
      },
      async (run) => {
        night = await allSteps(pool, steps, options, []);
        if (!signal.aborted && (await isLost(run))) {
          night.notes.push('The lock of this night was lost on the way: another one may have run beside it.');
        }
        return { value: night, exitCode: night.exitCode, summary: summaryOf(night) };
      },
    );
  } catch (error) {
    if (night === undefined || !(error instanceof SmsfoodError)) throw error;
    night.notes.push(`That this night has ended is not recorded. ${error.message}`);
    if (night.exitCode === 0) night.exitCode = error.exitCode;
  }
  if (night === undefined) throw new Error('a run without its work');
  return night;
}

/** A dry run is of use without a record too; with --apply every change needs one. */
async function whyUnrecorded(pool: Pool, { apply, limits, signal }: NightOptions): Promise<string | null> {
  try {
    await requireWritable(pool, { writes: [], limits, signal });
    return null;
  } catch (error) {
    if (apply || !(error instanceof SmsfoodError)) throw error;
    if (error.code !== 'OPS_NOT_INSTALLED' && error.code !== 'DB_PERMISSION') throw error;
    return error.message;
  }
}

async function isLost(run: { verify(): Promise<void> }): Promise<boolean> {
  return run.verify().then(
    () => false,
    () => true,
  );
}

async function allSteps(pool: Pool, steps: readonly Step[], options: NightOptions, notes: string[]): Promise<Night> {
  const { apply, leftOut, stepTimeoutMs, signal, onProgress } = options;
  const started = performance.now();
  const startedAt = new Date().toISOString();
  const past = notes.length > 0 ? null : await pastOf(pool, options, notes);
  const turns = steps.filter(({ name }) => !leftOut.has(name)).length;
  const results: StepResult[] = [];
  let turn = 0;
  for (const step of steps) {
    if (leftOut.has(step.name)) {
      results.push(notRun(step.name, 'It was left out.'));
    } else if (signal.aborted) {
      results.push(notRun(step.name, 'It was not begun: the night was told to stop.'));
    } else {
      const place = `${step.name} (step ${++turn} of ${turns})`;
      onProgress(place);
      const limits = {
        timeoutMs: stepTimeoutMs,
        signal,
        onProgress: (text: string) => onProgress(`${place}: ${text}`),
      };
      results.push(await runStep(step, limits));
    }
  }
  const recorded = past === null ? [] : await recordedOf(pool, results, options);
  return {
    mode: apply ? 'apply' : 'dry-run',
    startedAt,
    durationMs: performance.now() - started,
    past,
    steps: results.map((each) => (recorded.includes(each.runId) ? each : { ...each, runId: null })),
    notes,
    exitCode: exitCodeOf(results, signal),
  };
}

/** The steps do not need it: trouble here is a note. */
async function pastOf(pool: Pool, options: NightOptions, notes: string[]): Promise<Past | null> {
  const { limits, signal } = options;
  try {
    return await inSession(pool, { mode: 'read', limits, signal }, (session) => readPast(session, options));
  } catch {
    if (!signal.aborted) notes.push('Whether a night was missed is not known: ops.runs could not be read.');
    return null;
  }
}

/** Dry runs leave no record, and a step may fail before it has one. */
async function recordedOf(
  pool: Pool,
  steps: readonly StepResult[],
  { limits }: NightOptions,
): Promise<(string | null)[]> {
  const ids = steps.flatMap(({ runId }) => (runId === null ? [] : [runId]));
  return inSession(pool, { mode: 'read', limits }, async (session) => {
    const { rows } = await session.query<{ id: string }>(
      'SELECT id::text AS id FROM ops.runs WHERE id = ANY ($1::uuid[])',
      [ids],
    );
    return rows.map(({ id }) => id);
  }).catch(() => ids);
}

function exitCodeOf(steps: readonly StepResult[], signal: AbortSignal): number {
  if (signal.aborted) return signal.reason instanceof SmsfoodError ? signal.reason.exitCode : 130;
  if (steps.some(({ status }) => status === 'findings')) return 1;
  return steps.some(({ status }) => status === 'errors') ? 3 : 0;
}

/** For `smsfood runs`: how each step ended. */
function summaryOf({ steps, past }: Night): RunResult<Night>['summary'] {
  const outcomes = steps.map(({ name, status, error }) => [
    name,
    error?.code === undefined || error.code === null ? status : `${status} (${error.code})`,
  ]);
  return { ...Object.fromEntries(outcomes), missedNights: past?.missed?.nights ?? 0 };
}

/** True where there is nothing to tell: cron then has no mail to send. */
export function isQuiet({ exitCode, past, notes }: Night): boolean {
  const isUsual = past === null || (past.missed === null && past.unfinished === null);
  return exitCode === 0 && isUsual && notes.length === 0;
}
