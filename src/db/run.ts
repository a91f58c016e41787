import { hostname } from 'node:os';
import { SmsfoodError } from '../errors.js';
import { packageVersion } from '../package-root.js';
import { couldNot } from './errors.js';
import { holdLock, showLife } from './lock.js';
import { opsStatus } from './migrations.js';
import type { Pool } from './pool.js';
import { inSession, type Session, type SessionLimits } from './session.js';

export type RunStatus = 'running' | 'done' | 'findings' | 'errors' | 'interrupted';

export interface RunOptions {
  id: string;
  /** `reconcile`, `phones recycle`, … */
  command: string;
  /** Whose lock it takes, where that is not the command's first word. */
  feature?: string;
  /** What it was asked to do, without secrets and personal data. */
  arguments: Readonly<Record<string, string | number | boolean | null>>;
  /** Tables of the platform that it may have to change. */
  writes: readonly string[];
  /** Those in which it may have to create rows. */
  creates?: readonly string[];
  limits: SessionLimits;
  signal: AbortSignal;
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

type Access = Pick<RunOptions, 'limits' | 'signal'>;

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

/** Throws OPS_NOT_INSTALLED where a table of the toolkit's own is missing: none of them is, or it came with a later version. */
export async function requireOps(pool: Pool, table: string, { limits, signal }: Access): Promise<void> {
  await inSession(pool, { mode: 'read', limits, signal }, (session) => requireOpsIn(session, table)).catch(
    couldNot('look for the schema ops', signal),
  );
}

/** The same in a session of the caller's. */
export async function requireOpsIn(session: Session, table: string): Promise<void> {
  const { rows } = await session.query<{ installed: boolean }>('SELECT to_regclass($1) IS NOT NULL AS installed', [
    `ops.${table}`,
  ]);
  if (rows[0]?.installed === true) return;
  throw new SmsfoodError(
    'OPS_NOT_INSTALLED',
    `This needs the table ops.${table}, which is not installed in this database.`,
    'Install or complete the schema ops with `smsfood db install`.',
  );
}

interface Privileges {
  standby: boolean;
  missing: string[];
  ledger: boolean;
  refused: string[];
}

/**
 * A read-only role or a standby is told so before anything is planned: throws OPS_NOT_INSTALLED where changes could not be
 * logged, DB_PERMISSION where they or the tables of `writes` could not be written.
 */
export async function requireWritable(
  pool: Pool,
  options: Access & Pick<RunOptions, 'writes' | 'creates'>,
): Promise<void> {
  await requireOps(pool, 'change_log', options);
  const privileges = await inSession(pool, { ...options, mode: 'read' }, async (session) => {
    const { rows } = await session.query<Privileges>(
      `SELECT pg_is_in_recovery() AS standby,
         has_schema_privilege('ops', 'USAGE') AND has_table_privilege('ops.runs', 'INSERT, UPDATE')
           AND has_table_privilege('ops.change_log', 'INSERT') AS ledger,
         ARRAY(SELECT privilege || ' ' || name FROM (
                 SELECT 'update' AS privilege, unnest($1::text[]) AS name UNION ALL SELECT 'insert into', unnest($2::text[])
               ) AS wanted
               WHERE NOT has_table_privilege(to_regclass(quote_ident(current_schema()) || '.' || quote_ident(name)), split_part(privilege, ' ', 1))
         ) AS refused,
         ARRAY(SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(quote_ident(current_schema()) || '.' || quote_ident(name)) IS NULL) AS missing`,
      [options.writes, options.creates ?? []],
    );
    return rows[0];
  }).catch(couldNot('ask what this role may do', options.signal));
  if (privileges !== undefined && privileges.missing.length > 0)
    throw new SmsfoodError(
      'DB_QUERY_FAILED',
      `Nothing was changed: this database has no table ${privileges.missing.join(', ')}.`,
      "Is it the platform's, and the schema of the URL the right one? `smsfood sandbox seed` fills a sandbox.",
    );
  const reason =
    privileges?.standby === true
      ? 'this server is a standby'
      : privileges?.ledger !== true
        ? 'this role may not write to the schema ops'
        : privileges.refused.length > 0
          ? `this role may not ${privileges.refused.join(', ')}`
          : null;
  if (reason === null) return requireComplete(pool, options);
  throw new SmsfoodError(
    'DB_PERMISSION',
    `Nothing was changed: ${reason}.`,
    'Use a role that may write, on the primary server; `smsfood doctor` shows what this one may do.',
  );
}

/** The schema ops of an older version lacks columns of tables that it has. */
async function requireComplete(pool: Pool, { limits, signal }: Access): Promise<void> {
  const { pending } = await opsStatus(pool, { limits, signal });
  if (pending.length === 0) return;
  throw new SmsfoodError(
    'OPS_NOT_INSTALLED',
    `Nothing was changed: the schema ops is that of an older version and lacks ${pending.join(', ')}.`,
    'Complete it with `smsfood db install`.',
  );
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
