import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import type { Report, Section, Table } from '../report.js';
import { isUnfinished, STATUS_SQL } from './status.js';

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

/** Past and present runs, newest first. Throws OPS_NOT_INSTALLED, and NOTHING_SELECTED for a command that never ran. */
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
    if (rows.length === 0 && command !== null) throw await neverRan(session, command);
    return rows;
  });
}

async function neverRan(session: Session, command: string): Promise<SmsfoodError> {
  const { rows } = await session.query<{ command: string }>('SELECT DISTINCT command FROM ops.runs ORDER BY command');
  const commands = rows.map((row) => row.command);
  return new SmsfoodError(
    'NOTHING_SELECTED',
    `No run of "${command}" is remembered.`,
    commands.length === 0 ? 'No run of any command is.' : suggestion(command, commands),
  );
}

/** `document` is `smsfood.runs/1`. */
export function runsReport(rows: readonly RunRow[], sandbox: boolean): Report {
  const table: Table = {
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
  // 80 columns, so the first characters of the id, which name a run well enough; the other formats have everything.
  const shown = {
    columns: table.columns.filter(({ key }) => !['exit', 'host', 'durationMs'].includes(key)),
    rows: rows.map((row) => ({ ...row, id: row.id.slice(0, 8) })),
  };
  return {
    name: 'runs list',
    document: { schema: 'smsfood.runs/1', runs: rows },
    table,
    sections:
      rows.length === 0 ? [{ lines: ['No run is remembered yet.'] }] : [{ table: shown }, ...unfinishedSection(rows)],
    sandbox,
  };
}

/** Of those that changed something and did not come to their end. */
function unfinishedSection(rows: readonly RunRow[]): Section[] {
  const [first] = rows.filter(({ status, changes, undone }) => isUnfinished(status) && changes > undone);
  if (first === undefined) return [];
  const id = first.id.slice(0, 8);
  return [
    {
      lines: [
        `Run ${id} did not come to its end: \`smsfood runs show ${id}\` has what it had changed by then. Run the command again for the rest, or \`smsfood undo ${id}\`.`,
      ],
    },
  ];
}
