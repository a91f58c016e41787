import { hostname } from 'node:os';
import { describe } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type SessionLimits } from '../db/session.js';
import { packageVersion } from '../package-root.js';
import { countByStatus } from '../report.js';
import type { CheckRun } from './run.js';
import type { CheckResult } from './verdict.js';

/** The runs that ops remembers; `absent` where ops is not installed, `closed` where this role may not write there. */
export type History =
  | { kind: 'open'; pool: Pool; limits: SessionLimits; signal: AbortSignal }
  | { kind: 'absent' }
  | { kind: 'closed'; reason: string };

export async function openHistory(pool: Pool, limits: SessionLimits, signal: AbortSignal): Promise<History> {
  try {
    return await inSession(pool, { mode: 'read', limits, signal }, async (session) => {
      const { rows } = await session.query<{ installed: boolean }>(
        `SELECT to_regclass('ops.check_results') IS NOT NULL AS installed`,
      );
      if (rows[0]?.installed !== true) return { kind: 'absent' };
      const { rows: privileges } = await session.query<{ may: boolean }>(
        `SELECT has_schema_privilege('ops', 'USAGE') AND has_table_privilege('ops.runs', 'INSERT')
           AND has_table_privilege('ops.check_results', 'SELECT, INSERT') AND NOT pg_is_in_recovery() AS may`,
      );
      if (privileges[0]?.may === true) return { kind: 'open', pool, limits, signal };
      return { kind: 'closed', reason: 'this role may not write to the schema ops' };
    });
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'closed', reason: describe(error) };
  }
}

interface Past {
  check_id: string;
  last_status: 'pass' | 'warn' | 'fail';
  open_since: string | null;
}

/** For each check, its last judged status, and since when it has had violations without a pass in between. */
const PAST_SQL = `
  WITH judged AS (
    SELECT c.check_id, c.status, r.started_at
    FROM ops.check_results c JOIN ops.runs r ON r.id = c.run_id
    WHERE c.check_id = ANY ($1::text[]) AND c.scope = 'all' AND c.status IN ('pass', 'warn', 'fail')
  ), passed AS (
    SELECT check_id, max(started_at) AS at FROM judged WHERE status = 'pass' GROUP BY check_id
  )
  SELECT j.check_id, (array_agg(j.status ORDER BY j.started_at DESC))[1] AS last_status,
    min(j.started_at) FILTER (WHERE j.started_at > coalesce(p.at, '-infinity')) AS open_since
  FROM judged j LEFT JOIN passed p USING (check_id)
  GROUP BY j.check_id`;

/** Says of each finding whether it is new, open since when, or resolved. */
export async function addStates(history: History & { kind: 'open' }, run: CheckRun): Promise<void> {
  const past = await inSession(
    history.pool,
    { mode: 'read', limits: history.limits, signal: history.signal },
    async (session) => {
      const { rows } = await session.query<Past>(PAST_SQL, [run.results.map(({ id }) => id)]);
      return new Map(rows.map((row) => [row.check_id, row]));
    },
  );
  for (const result of run.results) {
    // With a baseline the status is that of the new violations alone, which earlier runs did not tell apart.
    if (result.baseline === null) result.state = stateOf(result, past.get(result.id), run.startedAt);
  }
}

function stateOf({ status }: CheckResult, past: Past | undefined, startedAt: string): CheckResult['state'] {
  const isFinding = status === 'warn' || status === 'fail';
  const wasFinding = past !== undefined && past.last_status !== 'pass';
  if (isFinding && wasFinding) return { is: 'open', since: past.open_since ?? startedAt };
  if (isFinding) return { is: 'new', since: startedAt };
  return status === 'pass' && wasFinding ? { is: 'resolved', since: startedAt } : null;
}

export interface RunRecord {
  id: string;
  command: string;
  arguments: Record<string, string | boolean | null>;
  startedAt: string;
  durationMs: number;
  exitCode: number;
  /** The run's clock was set from outside: its results count for no trend. */
  isAsOf: boolean;
  results: readonly CheckResult[];
}

/** Only `all` counts for trends: the status of the others is that of other rows, or of another moment. */
function scopeOf({ isAsOf }: RunRecord, { scope, baseline }: CheckResult): 'all' | 'since' | 'as-of' | 'baseline' {
  if (isAsOf) return 'as-of';
  return baseline === null ? scope : 'baseline';
}

/** Adds a run and its results to the history, in one transaction. */
export async function recordRun({ pool, ...access }: History & { kind: 'open' }, record: RunRecord): Promise<void> {
  const { id, command, startedAt, durationMs, exitCode } = record;
  const status = countByStatus(record.results).error > 0 ? 'errors' : exitCode === 1 ? 'findings' : 'done';
  const finishedAt = new Date(Date.parse(startedAt) + durationMs).toISOString();
  const results = record.results.map((result) => {
    const { id: check, dimension, level, status: verdict, violations, rows, cents, value, reason } = result;
    const duration = result.durationMs === null ? null : Math.round(result.durationMs);
    const scope = scopeOf(record, result);
    return { check, dimension, level, verdict, violations, rows, cents, value, duration, scope, reason };
  });
  await inSession(pool, { ...access, mode: 'write' }, async (session) => {
    await session.query(
      `INSERT INTO ops.runs (id, command, arguments, version, host, started_at, finished_at, status, exit_code)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [id, command, record.arguments, packageVersion(), hostname(), startedAt, finishedAt, status, exitCode],
    );
    await session.query(
      `INSERT INTO ops.check_results (run_id, check_id, dimension, level, status, violations, rows, cents, value, duration_ms, scope, reason)
       SELECT $1, "check", dimension, level, verdict, violations, rows, cents, value, duration, scope, reason
       FROM jsonb_to_recordset($2::jsonb) AS r ("check" text, dimension text, level text, verdict text, violations bigint, rows bigint,
         cents bigint, value float8, duration integer, scope text, reason text)`,
      [id, JSON.stringify(results)],
    );
  });
}
