import pg from 'pg';
import { SmsfoodError } from '../errors.js';
import { classify } from '../personal-data.js';
import { count, grouped } from '../words.js';
import type { Session } from './session.js';

/** Tables of the platform whose rows do not say when they were changed. */
const WITHOUT_UPDATED_AT: readonly string[] = ['sms_logs'];

const NOW = `(clock_timestamp() AT TIME ZONE 'UTC')::timestamp(3)`;

/** Whose change it is. */
export interface Author {
  runId: string;
  /** The webhook that it is an effect of. */
  eventId?: number;
}

export interface RowChanges extends Author {
  /** Table of the platform; its primary key is `id`. */
  table: string;
  /** The columns that `values` gives. */
  columns: readonly string[];
  /** The rows that a plan found. */
  ids: readonly string[];
  /**
   * A SELECT that looks again, evaluated when the rows are locked: one row of `id`, `reason` and the new value of each
   * column for each row that should change still. `$1` holds the ids that could be locked; `parameters` begin at `$2`.
   */
  values: string;
  parameters?: readonly unknown[];
  /**
   * `skip` never waits for another transaction, so it takes part in no deadlock; `wait` is for work on one row; `held`
   * where this transaction has locked the rows before.
   */
  whenLocked: 'skip' | 'wait' | 'held';
  /** True where the same change is made in thousands of transactions. */
  repeated?: boolean;
  /** True where the values before must be gone: the ledger says that they were, and undo cannot bring them back. */
  forgets?: boolean;
  /** True where a column with a unique index changes: such a change needs the stronger lock anyway. */
  changesKeys?: boolean;
}

export interface ChangedRow {
  id: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

export interface ChangeOutcome {
  /** What was written, and logged. Rows that `values` left out, or gave the values they have, are not among them. */
  changed: ChangedRow[];
  /** Rows that another transaction holds, or that are gone. */
  busy: string[];
}

/**
 * The one way in which rows of the platform change: lock, look again, write with `updatedAt`, log before and after, all
 * in the caller's transaction. Rows that already have the wanted values are left alone, so that twice is the same as once.
 */
export async function changeRows(session: Session, changes: RowChanges): Promise<ChangeOutcome> {
  const ids = changes.whenLocked === 'held' ? changes.ids : await lockRows(session, changes);
  const locked = new Set(ids);
  const busy = changes.ids.filter((id) => !locked.has(id));
  if (ids.length === 0) return { changed: [], busy };
  const { parameters = [], runId, table, eventId } = changes;
  const { rows } = await session.query<ChangedRow>(
    changeStatement(changes),
    [ids, ...parameters, runId, table, ...(eventId === undefined ? [] : [eventId])],
    changes.repeated === true ? 'repeated' : 'once',
  );
  return { changed: rows, busy };
}

/**
 * Locks rows until the transaction ends, for whoever has to read much before it changes them. Returns the ids of those
 * that could be. In the order of their ids, so that two writers that wait do so in the same order.
 */
export async function lockRows(
  session: Session,
  { table, ids, whenLocked, changesKeys }: Pick<RowChanges, 'table' | 'ids' | 'whenLocked' | 'changesKeys'>,
): Promise<string[]> {
  const { rows } = await session.query<{ id: string }>(
    `SELECT id FROM ${pg.escapeIdentifier(table)} WHERE id = ANY ($1::text[]) ORDER BY id
     FOR ${changesKeys === true ? 'UPDATE' : 'NO KEY UPDATE'} ${whenLocked === 'skip' ? 'SKIP LOCKED' : ''}`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

/** A statement of its own after the locks: its snapshot sees whatever was committed before they were ours. */
function changeStatement({ table, columns, values, parameters = [], eventId, forgets }: RowChanges): string {
  const name = pg.escapeIdentifier(table);
  const quoted = columns.map((column) => pg.escapeIdentifier(column));
  const list = (alias: string) => quoted.map((column) => `${alias}.${column}`).join(', ');
  const document = (alias: string) =>
    `jsonb_build_object(${columns.map((column, index) => `${pg.escapeLiteral(column)}, ${alias}.${quoted[index]}`).join(', ')})`;
  const updatedAt = WITHOUT_UPDATED_AT.includes(table) ? '' : `, "updatedAt" = ${NOW}`;
  const next = parameters.length + 2;
  return `
    WITH wanted AS MATERIALIZED (${values}),
    differing AS MATERIALIZED (
      SELECT wanted.*, ${forgets === true ? `'{}'::jsonb` : document('t')} AS smsfood_before
      FROM wanted JOIN ${name} t ON t.id = wanted.id
      WHERE ROW(${list('t')}) IS DISTINCT FROM ROW(${list('wanted')})
    ),
    changed AS (
      UPDATE ${name} t SET ${quoted.map((column) => `${column} = d.${column}`).join(', ')}${updatedAt}
      FROM differing d WHERE t.id = d.id
      RETURNING t.id, d.smsfood_before AS before, ${document('t')} AS after, d.reason
    ),
    logged AS (
      INSERT INTO ops.change_log (run_id, table_name, event_id, row_id, before, after, reason)
      SELECT $${next}::uuid, $${next + 1}::text, ${eventId === undefined ? 'NULL::bigint' : `$${next + 2}::bigint`}, id, before, after, reason
      FROM changed
    )
    SELECT id, before, after FROM changed ORDER BY id`;
}

export interface NewRow extends Author {
  /** Table of the platform; its primary key is `id`. */
  table: string;
  id: string;
  /** The other columns, as SQL takes them: jsonb as JSON text. */
  values: Readonly<Record<string, string | number | boolean | null>>;
  /** Why, for a person. */
  reason: string;
}

/**
 * The one way in which rows of the platform are created: written with `updatedAt`, and logged without a before and
 * without what is personal, which stays in the row alone. False where a unique index refuses it: somebody has it already.
 */
export async function createRow(session: Session, row: NewRow): Promise<boolean> {
  const { table, id, values, reason, runId, eventId = null } = row;
  const columns = ['id', ...Object.keys(values)];
  const updatedAt = WITHOUT_UPDATED_AT.includes(table) ? [] : ['updatedAt'];
  const logged = columns
    .filter((column) => column !== 'id' && classify(table, column) === 'plain')
    .map((column) => `${pg.escapeLiteral(column)}, ${pg.escapeIdentifier(column)}`);
  const next = columns.length + 1;
  const { rowCount } = await session.query(
    `WITH created AS (
       INSERT INTO ${pg.escapeIdentifier(table)} (${[...columns, ...updatedAt].map(pg.escapeIdentifier).join(', ')})
       VALUES (${[...columns.map((_column, index) => `$${index + 1}`), ...updatedAt.map(() => NOW)].join(', ')})
       ON CONFLICT DO NOTHING
       RETURNING id, jsonb_build_object(${logged.join(', ')}) AS after
     )
     INSERT INTO ops.change_log (run_id, table_name, event_id, row_id, after, reason)
     SELECT $${next}::uuid, $${next + 1}::text, $${next + 2}::bigint, id, after, $${next + 3}::text FROM created`,
    [id, ...Object.values(values), runId, table, eventId, reason],
  );
  return rowCount === 1;
}

/** So many rows may change in a table of any size, unless --max-changes says less. */
export const ALWAYS_ALLOWED = 100;

/** How far a run may go: `--max-changes` rows, unless `--force`. */
export interface ChangeLimit {
  /** Null for the default: 20% of the table, at least 100. */
  maxChanges: number | null;
  force: boolean;
}

/** How many rows may change, where the plan has more of them; null where it has not. */
export function exceeded({ maxChanges, force }: ChangeLimit, planned: number, tableRows: number): number | null {
  const most = maxChanges ?? Math.max(ALWAYS_ALLOWED, Math.floor(tableRows / 5));
  return force || planned <= most ? null : most;
}

/** Refuses a plan that is larger than anything that should happen by itself. Throws TOO_MANY_CHANGES. */
export function refuseTooMany(table: string, planned: number, tableRows: number, limit: ChangeLimit): void {
  const most = exceeded(limit, planned, tableRows);
  if (most === null) return;
  throw new SmsfoodError(
    'TOO_MANY_CHANGES',
    `${count(planned, 'row')} of ${table} would change, more than the ${grouped(most)} that one run may; nothing was changed.`,
    'Look at the dry run. If all of it is right, add --max-changes N or --force.',
  );
}

/** For the report of a run that changed rows. */
export function undoHint(runId: string): string {
  return `\`smsfood undo ${runId.slice(0, 8)}\` says what of it can be taken back.`;
}
