import pg from 'pg';
import { couldNot, sqlState } from '../db/errors.js';
import { changeRows } from '../db/ledger.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import type { WritingRun } from '../db/run.js';
import { type Access, inSavepoint, inSession, type Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { PLATFORM_TABLES } from '../personal-data.js';
import { type FoundRun, findRun } from './find.js';

/** Rows of one transaction: few enough that the platform's writers do not wait long for their locks. */
const BATCH = 2_000;

/** Why a row keeps its present values. */
export type LeftReason =
  | 'moved on'
  | 'not kept'
  | 'gone'
  | 'created by the run'
  | 'held by another transaction'
  | 'refused';

export interface LeftRow {
  table: string;
  row: string;
  reason: LeftReason;
}

export interface UndoPlan {
  run: FoundRun;
  /** Rows that hold the values that the run wrote, by table, and the columns that it changed there. */
  restorable: ReadonlyMap<string, { ids: readonly string[]; columns: readonly string[] }>;
  left: LeftRow[];
  /** Changed rows that an earlier undo has restored. */
  undone: number;
}

/** What undoing a run would do. Throws NOT_FOUND, NOTHING_SELECTED where it changed nothing, ALREADY_UNDONE. */
export async function planUndo(pool: Pool, start: string, access: Access): Promise<UndoPlan> {
  await requireOps(pool, 'change_log', access);
  return inSession(pool, { ...access, mode: 'read' }, async (session) => {
    const run = await findRun(session, start);
    const tables = await changedTables(session, run);
    const restorable = new Map<string, { ids: string[]; columns: string[] }>();
    const left: LeftRow[] = [];
    for (const { table, columns } of tables) {
      const ids: string[] = [];
      for (const { id, reason } of await judgeRows(session, run.id, table, columns)) {
        if (reason === null) ids.push(id);
        else left.push({ table, row: id, reason });
      }
      if (ids.length > 0) restorable.set(table, { ids, columns });
    }
    return { run, restorable, left, undone: tables.reduce((sum, { undone }) => sum + undone, 0) };
  });
}

interface ChangedTable {
  table: string;
  columns: string[];
  open: number;
  undone: number;
}

async function changedTables(session: Session, run: FoundRun): Promise<ChangedTable[]> {
  const { rows } = await session.query<ChangedTable>(
    `SELECT table_name AS "table", count(DISTINCT row_id) FILTER (WHERE undone_by IS NULL) AS open,
       count(DISTINCT row_id) FILTER (WHERE undone_by IS NOT NULL) AS undone,
       (SELECT array_agg(DISTINCT key ORDER BY key) FROM ops.change_log c, jsonb_object_keys(c.before) AS key
        WHERE c.run_id = $1 AND c.table_name = l.table_name) AS columns
     FROM ops.change_log l WHERE run_id = $1 GROUP BY table_name ORDER BY table_name`,
    [run.id],
  );
  if (rows.length === 0) {
    throw new SmsfoodError(
      'NOTHING_SELECTED',
      `Run ${run.id} (${run.command}) changed no row; there is nothing to undo.`,
      'List the runs with their changes with `smsfood runs list`.',
    );
  }
  if (rows.every(({ open }) => open === 0)) throw await alreadyUndone(session, run);
  const strange = rows.find(({ table }) => !PLATFORM_TABLES.includes(table));
  if (strange !== undefined) throw new Error(`the ledger names the table ${strange.table}`);
  return rows.map((row) => ({ ...row, columns: row.columns ?? [] }));
}

async function alreadyUndone(session: Session, { id, command }: FoundRun): Promise<SmsfoodError> {
  const { rows } = await session.query<{ by: string }>(
    `SELECT DISTINCT undone_by::text AS by FROM ops.change_log WHERE run_id = $1 ORDER BY 1`,
    [id],
  );
  const by = rows.map((row) => row.by).join(', ');
  return new SmsfoodError(
    'ALREADY_UNDONE',
    `Run ${id} (${command}) is undone already, by run ${by}.`,
    `To have its changes back, undo that run: \`smsfood undo ${rows[0]?.by.slice(0, 8)}\`.`,
  );
}

/**
 * What a run made of each row that is not undone yet: several changes of one row count as one, from the first before
 * to the last after. `run` and `table` are parameters, `ids` one that holds the rows to look at, or null for all.
 */
const merged = (run: string, table: string, ids: string | null) => `
  entries AS (
    SELECT id, row_id, before, after FROM ops.change_log
    WHERE run_id = ${run}::uuid AND table_name = ${table}::text AND undone_by IS NULL
      ${ids === null ? '' : `AND row_id = ANY (${ids}::text[])`}
  ), first_values AS (
    SELECT DISTINCT ON (row_id, key) row_id, key, value FROM entries, jsonb_each(before) ORDER BY row_id, key, id
  ), last_values AS (
    SELECT DISTINCT ON (row_id, key) row_id, key, value FROM entries, jsonb_each(after) ORDER BY row_id, key, id DESC
  ), merged AS (
    SELECT e.row_id, e.is_created, e.is_forgotten, b.before, a.after
    FROM (
      SELECT row_id, bool_or(before IS NULL) AS is_created, coalesce(bool_or(before = '{}'), false) AS is_forgotten
      FROM entries GROUP BY row_id
    ) e
    LEFT JOIN (SELECT row_id, jsonb_object_agg(key, value) AS before FROM first_values GROUP BY row_id) b USING (row_id)
    LEFT JOIN (SELECT row_id, jsonb_object_agg(key, value) AS after FROM last_values GROUP BY row_id) a USING (row_id)
  )`;

/** True where the row `t` still holds what the run wrote. */
const holdsAfter = (columns: readonly string[]) => {
  const current = columns.map((column) => `${pg.escapeLiteral(column)}, t.${pg.escapeIdentifier(column)}`).join(', ');
  return `NOT EXISTS (
    SELECT FROM jsonb_each(m.after) AS a WHERE jsonb_build_object(${current}) -> a.key IS DISTINCT FROM a.value
  )`;
};

/** `reason` is null for rows that can be restored. */
async function judgeRows(session: Session, runId: string, table: string, columns: readonly string[]) {
  const { rows } = await session
    .query<{ id: string; reason: LeftReason | null }>(
      `WITH ${merged('$1', '$2', null)}
     SELECT m.row_id AS id, CASE WHEN m.is_created THEN 'created by the run' WHEN m.is_forgotten THEN 'not kept' WHEN t.id IS NULL THEN 'gone'
       WHEN ${columns.length === 0 ? 'true' : holdsAfter(columns)} THEN NULL ELSE 'moved on' END AS reason
     FROM merged m LEFT JOIN ${pg.escapeIdentifier(table)} t ON t.id = m.row_id ORDER BY m.row_id`,
      [runId, table],
    )
    .catch(couldNot(`compare the ledger with ${table}`));
  return rows;
}

export interface UndoOutcome {
  restored: number;
  left: LeftRow[];
}

/** Restores what `plan` found restorable, in batches; each looks again at rows that are locked by then. */
export async function applyUndo(pool: Pool, plan: UndoPlan, undo: WritingRun, access: Access): Promise<UndoOutcome> {
  const outcome: UndoOutcome = { restored: 0, left: [...plan.left] };
  for (const [table, { ids, columns }] of plan.restorable) {
    for (let start = 0; start < ids.length; start += BATCH) {
      await undo.verify();
      await inSession(pool, { ...access, mode: 'write' }, async (session) => {
        const batch = ids.slice(start, start + BATCH);
        await restore(session, { run: plan.run.id, undo: undo.id, table, columns }, batch, outcome);
      }).catch(couldNot(`restore rows of ${table}`, access.signal));
    }
  }
  return outcome;
}

interface Restoration {
  run: string;
  undo: string;
  table: string;
  columns: readonly string[];
}

/** A value that a unique index or a foreign key refuses by now is one row's trouble: the batch is halved down to it. */
async function restore(
  session: Session,
  what: Restoration,
  ids: readonly string[],
  outcome: UndoOutcome,
): Promise<void> {
  try {
    const counted = await inSavepoint(session, () => restoreRows(session, what, ids));
    outcome.restored += counted.restored;
    outcome.left.push(...counted.left);
  } catch (error) {
    if (sqlState(error)?.startsWith('23') !== true) throw error;
    const [only] = ids;
    if (only !== undefined && ids.length === 1) {
      outcome.left.push({ table: what.table, row: only, reason: 'refused' });
      return;
    }
    const middle = Math.ceil(ids.length / 2);
    await restore(session, what, ids.slice(0, middle), outcome);
    await restore(session, what, ids.slice(middle), outcome);
  }
}

async function restoreRows(session: Session, what: Restoration, ids: readonly string[]): Promise<UndoOutcome> {
  const { run, undo, table, columns } = what;
  const name = pg.escapeIdentifier(table);
  const values = columns.map((column) => {
    const quoted = pg.escapeIdentifier(column);
    return `CASE WHEN m.before ? ${pg.escapeLiteral(column)} THEN p.${quoted} ELSE t.${quoted} END AS ${quoted}`;
  });
  const { changed, busy } = await changeRows(session, {
    runId: undo,
    table,
    columns,
    ids,
    values: `WITH ${merged('$2', '$3', '$1')}
      SELECT t.id, 'undoes run ' || left($2::text, 8) AS reason, ${values.join(', ')}
      FROM merged m JOIN ${name} t ON t.id = m.row_id
      CROSS JOIN LATERAL jsonb_populate_record(NULL::${name}, m.before) AS p
      WHERE t.id = ANY ($1::text[]) AND NOT m.is_created AND ${holdsAfter(columns)}`,
    parameters: [run, table],
    whenLocked: 'skip',
    changesKeys: true,
  });
  const restored = changed.map(({ id }) => id);
  await session.query(
    `UPDATE ops.change_log SET undone_by = $1
     WHERE run_id = $2 AND table_name = $3 AND row_id = ANY ($4::text[]) AND undone_by IS NULL`,
    [undo, run, table, restored],
  );
  const held = new Set(busy);
  const done = new Set(restored);
  const left = ids
    .filter((id) => !done.has(id))
    .map((row) => ({ table, row, reason: held.has(row) ? 'held by another transaction' : 'moved on' }) as const);
  return { restored: restored.length, left };
}
