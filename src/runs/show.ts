import { changeTable, maskChange, plain, type RowChange } from '../changed-rows.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/run.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import type { Report } from '../report.js';
import { findRun } from './find.js';
import { STATUS_SQL } from './list.js';

export interface RunQuery {
  limits: SessionLimits;
  signal: AbortSignal;
  /** Changed rows to show. */
  samples: number;
  reveal: boolean;
}

interface RunDetail {
  id: string;
  command: string;
  arguments: Record<string, unknown>;
  version: string;
  host: string;
  startedAt: string;
  finishedAt: string | null;
  status: string;
  exitCode: number | null;
  summary: Record<string, unknown>;
}

interface ChangeGroup {
  [column: string]: string | number;
  table: string;
  reason: string;
  changes: number;
  undone: number;
}

interface Sample extends RowChange {
  reason: string;
  undoneBy: string | null;
}

export interface RunShown {
  run: RunDetail;
  changes: ChangeGroup[];
  samples: Sample[];
}

/** One run with what it changed. Throws OPS_NOT_INSTALLED and NOT_FOUND. */
export async function readRun(pool: Pool, start: string, query: RunQuery): Promise<RunShown> {
  await requireOps(pool, 'change_log', query);
  return inSession(pool, { ...query, mode: 'read' }, async (session) => {
    const { id } = await findRun(session, start);
    const { rows } = await session.query<RunDetail>(
      `SELECT r.id::text AS id, r.command, r.arguments, r.version, r.host, r.started_at AS "startedAt",
         r.finished_at AS "finishedAt", ${STATUS_SQL} AS status, r.exit_code AS "exitCode", r.summary
       FROM ops.runs r WHERE r.id = $1`,
      [id],
    );
    const [run] = rows;
    if (run === undefined) throw new Error(`run ${id} vanished within a snapshot`);
    return { run, changes: await readGroups(session, id), samples: await readSamples(session, id, query) };
  });
}

/** Reasons that differ only in the row that they name are counted as one: digits and ids are left out. */
async function readGroups(session: Session, id: string): Promise<ChangeGroup[]> {
  const { rows } = await session.query<ChangeGroup>(
    `SELECT table_name AS "table", min(reason) AS reason, count(*) AS changes, count(undone_by) AS undone
     FROM ops.change_log WHERE run_id = $1
     GROUP BY table_name, regexp_replace(reason, '\\S*\\d\\S*', '#', 'g') ORDER BY table_name, changes DESC, reason`,
    [id],
  );
  return rows;
}

async function readSamples(session: Session, id: string, { samples, reveal }: RunQuery): Promise<Sample[]> {
  const { rows } = await session.query<Sample>(
    `SELECT table_name AS "table", row_id AS row, before, after, reason, undone_by AS "undoneBy"
     FROM ops.change_log WHERE run_id = $1 ORDER BY table_name, row_id, id LIMIT $2`,
    [id, samples],
  );
  if (reveal) return rows;
  return rows.map(maskChange);
}

/** `document` is `smsfood.run/1`. */
export function runReport({ run, changes, samples }: RunShown, sandbox: boolean): Report {
  const table: Report['table'] = {
    columns: [
      { key: 'table', label: 'Table', kind: 'text' },
      { key: 'changes', label: 'Changes', kind: 'integer' },
      { key: 'undone', label: 'Undone', kind: 'integer' },
      { key: 'reason', label: 'Reason, such as', kind: 'text' },
    ],
    rows: changes,
  };
  const facts: [string, string][] = [
    ['command', run.command],
    ['arguments', inline(run.arguments)],
    ['started', run.startedAt],
    ['ended', run.finishedAt ?? '-'],
    ['status', `${run.status}${run.exitCode === null ? '' : ` (exit ${run.exitCode})`}`],
    ['counted', inline(run.summary)],
    ['by', `smsfood ${run.version} on ${run.host}`],
  ];
  return {
    name: 'runs show',
    document: { schema: 'smsfood.run/1', run, changes, samples },
    table,
    sections: [
      { title: `Run ${run.id}`, lines: facts.map(([name, value]) => `${name.padEnd(10)} ${value}`) },
      changes.length === 0 ? { lines: ['It changed no row of the platform.'] } : { title: 'Changes', table },
      ...[...new Set(samples.map((sample) => sample.table))].map((name) => ({
        title: `${name}, for example`,
        table: changeTable(samples.filter((sample) => sample.table === name)),
      })),
    ],
    sandbox,
  };
}

function inline(values: Record<string, unknown>): string {
  const set = Object.entries(values).filter(([, value]) => value !== null && value !== false);
  return set.length === 0 ? '-' : set.map(([key, value]) => `${key} ${plain(value)}`).join(', ');
}
