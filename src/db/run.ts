import { hostname } from 'node:os';
import { SmsfoodError } from '../errors.js';
import { packageVersion } from '../package-root.js';
import { couldNot } from './errors.js';
import { holdLock, showLife } from './lock.js';
import type { Pool } from './pool.js';
import { requireWritable, type Writing } from './requirements.js';
import { inSession } from './session.js';

export type RunStatus = 'running' | 'done' | 'findings' | 'errors' | 'interrupted';

export interface RunOptions extends Writing {
  id: string;
  /** `reconcile`, `phones recycle`, … */
  command: string;
  /** Whose lock it takes, where that is not the command's first word. */
  feature?: string;
  /** What it was asked to do, without secrets and personal data. */
  arguments: Readonly<Record<string, string | number | boolean | null>>;
}

/** A run under way that may change rows. */
export interface WritingRun {
  id: string;
  /** To be asked before each batch: throws DB_LOST where the lock is no longer ours. */
  verify(): Promise<void>;
}

export interface RunResult<T> {
  value: T;
  exitCode: number;
  /** What it counted; shown by `smsfood runs`. */
  summary: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * Does work that changes rows: proves that it can be logged, keeps other runs of the feature away, and writes the run
 * before it begins and when it ends, so that a run that was killed is seen as one. Throws OPS_NOT_INSTALLED,
 * DB_PERMISSION, LOCKED, and whatever `work` throws.
 */
export async function inRun<T>(
  pool: Pool,
  options: RunOptions,
  work: (run: WritingRun) => Promise<RunResult<T>>,
): Promise<RunResult<T>> {
  await requireWritable(pool, options);
  const feature = options.feature ?? options.command.split(' ', 1)[0] ?? options.command;
  const lock = await holdLock(pool, feature, options);
  try {
    return await recorded(pool, options, feature, () => work({ id: options.id, verify: () => lock.verify() }));
  } finally {
    await lock.release();
  }
}

/**
 * The same for a process of which many may be at work, and which goes on when the database was away: its lock has its
 * own id in it, so that it keeps nobody away, and shows only that the process lives.
 */
export async function inSharedRun<T>(
  pool: Pool,
  options: Omit<RunOptions, 'feature'>,
  work: () => Promise<RunResult<T>>,
): Promise<RunResult<T>> {
  await requireWritable(pool, options);
  const feature = `${options.command} ${options.id}`;
  const life = await showLife(pool, feature, { limits: options.limits });
  try {
    return await recorded(pool, options, feature, work);
  } finally {
    await life.release();
  }
}

/** Writes the run before its work begins, and when it ends, however it does. */
async function recorded<T>(
  pool: Pool,
  options: RunOptions,
  feature: string,
  work: () => Promise<RunResult<T>>,
): Promise<RunResult<T>> {
  try {
    await startRun(pool, options, feature);
    const result = await work();
    await finishRun(pool, options, result.exitCode, result.summary);
    return result;
  } catch (error) {
    await finishFailed(pool, options, error);
    throw error;
  }
}

/** Also ends the runs of the feature that never came to their end: as the lock is ours, nobody is at work on them. */
async function startRun(pool: Pool, options: RunOptions, feature: string): Promise<void> {
  await inSession(pool, { ...options, mode: 'write' }, async (session) => {
    await session.query(`UPDATE ops.runs SET status = 'interrupted' WHERE status = 'running' AND feature = $1`, [
      feature,
    ]);
    await session.query(
      `INSERT INTO ops.runs (id, command, feature, arguments, version, host, started_at, status)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), 'running')`,
      [options.id, options.command, feature, options.arguments, packageVersion(), hostname()],
    );
  }).catch(couldNot('record the run', options.signal));
}

const STATUS: Readonly<Record<number, RunStatus>> = {
  0: 'done',
  1: 'findings',
  130: 'interrupted',
  143: 'interrupted',
};

async function finishRun(
  pool: Pool,
  { id, limits }: Pick<RunOptions, 'id' | 'limits'>,
  exitCode: number,
  summary: RunResult<unknown>['summary'],
): Promise<void> {
  // Without the signal: a run that was told to stop says so in its record.
  await inSession(pool, { mode: 'write', limits }, (session) =>
    session.query(
      `UPDATE ops.runs SET finished_at = clock_timestamp(), status = $2, exit_code = $3, summary = $4 WHERE id = $1`,
      [id, STATUS[exitCode] ?? 'errors', exitCode, summary],
    ),
  ).catch(couldNot('record the end of the run'));
}

/** As far as the database can be reached; the trouble itself is what the user has to hear of. */
async function finishFailed(pool: Pool, options: RunOptions, error: unknown): Promise<void> {
  const cause: unknown = options.signal.aborted ? options.signal.reason : error;
  const exitCode = cause instanceof SmsfoodError ? cause.exitCode : 3;
  const summary = cause instanceof SmsfoodError ? { error: cause.code } : {};
  await finishRun(pool, options, exitCode, summary).catch(() => undefined);
}
