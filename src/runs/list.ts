import { isLocked } from '../db/lock.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/run.js';
import { inSession, type SessionLimits } from '../db/session.js';
import type { Report } from '../report.js';

export interface RunListQuery {
  limits: SessionLimits;
  signal: AbortSignal;
  /** Only runs of this command, with its subcommands; null for all. */
  command: string | null;
  limit: number;
}

export interface RunRow {
  [column: string]: string | number | null;
  id: string;
  started: string;
  command: string;
  /** `killed` where it is recorded as running and nobody holds its lock. */
  status: string;
  exit: number | null;
  durationMs: number | null;
  /** Rows of the platform that it changed, and those of them that were restored since. */
  changes: number;
  undone: number;
  host: string;
}

export const STATUS_SQL = `
  CASE WHEN r.status = 'running' AND r.feature IS NOT NULL AND NOT ${isLocked('r.feature')} THEN 'killed' ELSE r.status END`;

/** Past and present runs, newest first. Throws OPS_NOT_INSTALLED where nothing is remembered. */
export async function listRuns(pool: Pool, { command, limit, ...access }: RunListQuery): Promise<RunRow[]> {
  await requireOps(pool, 'change_log', access);
  return inSession(pool, { mode: 'read', ...access }, async (session) => {
    const { rows } = await session.query<RunRow>(
      `SELECT r.id::text AS id, r.started_at AS started, r.command, ${STATUS_SQL} AS status, r.exit_code AS exit,
         (extract(epoch FROM r.finished_at - r.started_at) * 1000)::int8 AS "durationMs",
         coalesce(c.changes, 0) AS changes, coalesce(c.undone, 0) AS undone, r.host
       FROM ops.runs r
       LEFT JOIN LATERAL (
         SELECT count(*) AS changes, count(undone_by) AS undone FROM ops.change_log WHERE run_id = r.id
       ) c ON true
       WHERE $1::text IS NULL OR r.command = $1 OR starts_with(r.command, $1 || ' ')
       ORDER BY r.started_at DESC, r.id LIMIT $2`,
      [command, limit],
    );
    return rows;
  });
}

/** `document` is `smsfood.runs/1`. */
export function runsReport(rows: readonly RunRow[], sandbox: boolean): Report {
  const table: Report['table'] = {
    columns: [
      { key: 'started', label: 'Started', kind: 'time' },
      { key: 'id', label: 'Run', kind: 'id' },
      { key: 'command', label: 'Command', kind: 'text' },
      { key: 'status', label: 'Status', kind: 'status' },
      { key: 'exit', label: 'Exit', kind: 'integer' },
      { key: 'durationMs', label: 'Time', kind: 'milliseconds' },
      { key: 'changes', label: 'Changes', kind: 'integer' },
      { key: 'undone', label: 'Undone', kind: 'integer' },
      { key: 'host', label: 'Host', kind: 'text' },
    ],
    rows: [...rows],
  };
  // The first characters name a run well enough for a person; the other formats have the whole id.
  const shown = {
    columns: table.columns.filter(({ key }) => !['host', 'durationMs'].includes(key)),
    rows: rows.map((row) => ({ ...row, id: row.id.slice(0, 8) })),
  };
  return {
    name: 'runs list',
    document: { schema: 'smsfood.runs/1', runs: rows },
    table,
    sections: rows.length === 0 ? [{ lines: ['No run is remembered yet.'] }] : [{ table: shown }],
    sandbox,
  };
}
