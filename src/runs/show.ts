import { changedColumns, maskChange, plain, type RowChange } from '../changed-rows.js';
import { undoHint } from '../db/ledger.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import type { Report, Section, Table } from '../report.js';
import { findRun } from './find.js';
import { howItEnded, STATUS_SQL } from './status.js';

export interface RunQuery {
  limits: SessionLimits;
  signal: AbortSignal;
  /** Changed rows to show of each table. */
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

/** How many checks came to which verdict. */
type Verdicts = Record<'fail' | 'warn' | 'error' | 'pass' | 'skipped', number>;

export interface RunShown {
  run: RunDetail;
  /** Null for a run that judged nothing. */
  checks: Verdicts | null;
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
    return {
      run,
      checks: await readVerdicts(session, id),
      changes: await readGroups(session, id),
      samples: await readSamples(session, id, query),
    };
  });
}

async function readVerdicts(session: Session, id: string): Promise<Verdicts | null> {
  const { rows } = await session.query<Verdicts & { judged: number }>(
    `SELECT count(*) AS judged, count(*) FILTER (WHERE status = 'fail') AS fail, count(*) FILTER (WHERE status = 'warn') AS warn,
       count(*) FILTER (WHERE status = 'error') AS error, count(*) FILTER (WHERE status = 'pass') AS pass,
       count(*) FILTER (WHERE status = 'skipped') AS skipped
     FROM ops.check_results WHERE run_id = $1`,
    [id],
  );
  const { judged = 0, ...verdicts } = rows[0] ?? { fail: 0, warn: 0, error: 0, pass: 0, skipped: 0 };
  return judged === 0 ? null : verdicts;
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
     FROM (SELECT table_name, row_id, before, after, reason, undone_by, row_number() OVER (PARTITION BY table_name ORDER BY row_id, id) AS place
           FROM ops.change_log WHERE run_id = $1) AS change
     WHERE place <= $2 ORDER BY table_name, place`,
    [id, samples],
  );
  if (reveal) return rows;
  return rows.map(maskChange);
}

/** `document` is `smsfood.run/1`. */
export function runReport({ run, checks, changes, samples }: RunShown, sandbox: boolean): Report {
  const table: Table = {
    columns: [
      { key: 'table', label: 'Table', kind: 'text' },
      { key: 'changes', label: 'Changes', kind: 'integer' },
      { key: 'undone', label: 'Undone', kind: 'integer' },
      { key: 'reason', label: 'Reason, such as', kind: 'text' },
    ],
    rows: changes,
  };
  return {
    name: 'runs show',
    document: { schema: 'smsfood.run/1', run, checks, changes, samples },
    table,
    sections: [
      { title: `Run ${run.id}`, lines: factLines(run, checks) },
      ...outcomeSections(table, run, checks),
      ...[...new Set(samples.map((sample) => sample.table))].map((name) => ({
        title: `${name}, for example`,
        lines: samples.filter((sample) => sample.table === name).flatMap(sampleLines),
      })),
      ...(changes.some(({ undone, changes: all }) => undone < all) ? [{ lines: [undoHint(run.id)] }] : []),
    ],
    sandbox,
  };
}

function factLines(run: RunDetail, checks: Verdicts | null): string[] {
  const facts: [string, readonly string[]][] = [
    ['command', [run.command]],
    ['arguments', settings(run.arguments)],
    ['started', [run.startedAt]],
    ['ended', [run.finishedAt ?? '-']],
    ['status', [`${run.status}${run.exitCode === null ? '' : ` (exit ${run.exitCode})`}`]],
    ['counted', settings({ ...checks, ...run.summary })],
    ['by', [`smsfood ${run.version} on ${run.host}`]],
  ];
  return facts.flatMap(([name, values]) =>
    values.map((value, row) => `${(row === 0 ? name : '').padEnd(10)} ${value}`),
  );
}

function outcomeSections(table: Table, run: RunDetail, checks: Verdicts | null): Section[] {
  if (checks !== null) return [{ lines: ['It only judged. `smsfood check history` has the verdicts.'] }];
  const hasChanges = table.rows.length > 0;
  const ending = howItEnded(run, { hasChanges });
  const lines = ending === null ? [] : [ending];
  if (!hasChanges) return [{ lines: [...lines, 'It changed no row of the platform itself.'] }];
  return [...(ending === null ? [] : [{ lines }]), { title: 'Changes', table }];
}

/** As lines: a table would break the ids. */
function sampleLines({ row, before, after }: Sample): string[] {
  return [
    before === null ? `${row} (new row)` : row,
    ...changedColumns({ before, after }).map(([column, value]) => {
      const old = before === null ? '' : `${plain(before[column]) ?? '-'} -> `;
      return `  ${column}: ${old}${plain(value) ?? '-'}`;
    }),
  ];
}

/** What is set, one to a line. */
function settings(values: Record<string, unknown>): string[] {
  const set = Object.entries(values).filter(([, value]) => value !== null && value !== false);
  return set.length === 0 ? ['-'] : set.map(([key, value]) => `${key} ${plain(value) ?? '-'}`);
}
