import pg from 'pg';
import { canRead } from '../db/catalog.js';
import type { Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { maskColumn } from '../personal-data.js';
import type { CatalogTable } from './catalog.js';
import type { Lineage } from './lineage.js';

/** So many rows are shown of each table, and changes of the ledger; the newest. */
const SHOWN = 20;

/** The rows of another table that a value is made of. */
export interface SourceRows {
  table: string;
  /** Exact. */
  rows: number;
  columns: { name: string; type: string }[];
  /** The newest of them, personal values masked. */
  shown: Record<string, unknown>[];
}

/** A change of the value that smsfood made. */
export interface ValueChange {
  at: string;
  run: string;
  command: string;
  reason: string;
  before: unknown;
  after: unknown;
  event: number | null;
  isUndone: boolean;
}

export interface RowLineage {
  id: string;
  /** Masked where it is personal. */
  value: unknown;
  /** The columns of the row itself that it is made of. */
  own: Record<string, unknown>;
  sources: SourceRows[];
  /** Tables that it is made of and that cannot be looked at here. */
  unknown: string[];
  /** Newest first; null where the ledger is not installed, or closed to this role. */
  changes: ValueChange[] | null;
}

/** The rows behind the value of one row, and what the ledger says of it. Throws USAGE, NOT_FOUND. */
export async function readRowLineage(
  session: Session,
  tables: readonly CatalogTable[],
  lineage: Lineage,
  id: string,
): Promise<RowLineage> {
  const { table, column, madeOf } = lineage;
  if (table.name.startsWith('ops.') || !table.columns.some(({ name, key }) => name === 'id' && key === 'primary')) {
    throw new SmsfoodError(
      'USAGE',
      `--row is for rows of the platform, which have an id; ${table.name} has none.`,
      'Leave it out to see where the column comes from.',
    );
  }
  const split = madeOf.map((place) => ({ table: tableOf(place), column: place.slice(tableOf(place).length + 1) }));
  const own = split.filter((each) => each.table === table.name).map((each) => each.column);
  const [row] = await select(session, table.name, [column.name, ...own], `id = $1`, [id]);
  if (row === undefined) {
    throw new SmsfoodError(
      'NOT_FOUND',
      `The table ${table.name} has no row of this id.`,
      'Give the value of its column id.',
    );
  }
  const others = [...new Set(split.map((each) => each.table))].filter((name) => name !== table.name);
  const sources: SourceRows[] = [];
  const unknown: string[] = [];
  for (const name of others) {
    const source = tables.find((each) => each.name === name);
    const link = source === undefined ? undefined : linkBetween(table, source);
    if (source === undefined || link === undefined || !(await canRead(session, name))) unknown.push(name);
    else {
      const columns = split.filter((each) => each.table === name).map((each) => each.column);
      sources.push(await readSource(session, source, { ...link, id, columns }));
    }
  }
  const { [column.name]: value, ...values } = row;
  return { id, value, own: values, sources, unknown, changes: await readChanges(session, lineage, id) };
}

function tableOf(place: string): string {
  return place.slice(0, place.lastIndexOf('.'));
}

interface Link {
  /** Column of the source that names the row, or whose value the row names. */
  column: string;
  /** SQL of what it is compared with; `$1` is the id of the row. */
  value: string;
}

/** Either the source names the row, or the row names one of the source. */
function linkBetween(table: CatalogTable, source: CatalogTable): Link | undefined {
  const toUs = source.columns.find(({ references }) => references === `${table.name}.id`);
  if (toUs !== undefined) return { column: toUs.name, value: '$1' };
  const toThem = table.columns.find(({ references }) => references !== null && tableOf(references) === source.name);
  if (toThem?.references == null) return undefined;
  return {
    column: toThem.references.slice(source.name.length + 1),
    value: `(SELECT ${pg.escapeIdentifier(toThem.name)} FROM ${relation(table.name)} WHERE id = $1)`,
  };
}

async function readSource(
  session: Session,
  source: CatalogTable,
  { column, value, id, columns }: Link & { id: string; columns: readonly string[] },
): Promise<SourceRows> {
  const names = source.columns.map(({ name }) => name);
  const time = ['createdAt', 'as_of'].find((name) => names.includes(name));
  const key = source.columns.filter((each) => each.key === 'primary').map(({ name }) => name);
  const wanted = [...new Set([...key, ...(time === undefined ? [] : [time]), ...columns])];
  const where = `${pg.escapeIdentifier(column)} = ${value}`;
  const order = [...(time === undefined ? [] : [`${pg.escapeIdentifier(time)} DESC`]), ...key.map(pg.escapeIdentifier)];
  const tail = `${order.length === 0 ? '' : `ORDER BY ${order.join(', ')}`} LIMIT ${SHOWN}`;
  const shown = await select(session, source.name, wanted, `${where} ${tail}`, [id]);
  const { rows } = await session.query<{ rows: number }>(
    `SELECT count(*) AS rows FROM ${relation(source.name)} WHERE ${where}`,
    [id],
  );
  return {
    table: source.name,
    rows: rows[0]?.rows ?? 0,
    columns: source.columns.filter(({ name }) => wanted.includes(name)).map(({ name, type }) => ({ name, type })),
    shown,
  };
}

/** Rows with their personal values masked. */
async function select(
  session: Session,
  table: string,
  columns: readonly string[],
  where: string,
  values: readonly unknown[],
): Promise<Record<string, unknown>[]> {
  const list = columns.map(pg.escapeIdentifier).join(', ');
  const { rows } = await session.query<Record<string, unknown>>(
    `SELECT ${list} FROM ${relation(table)} WHERE ${where}`,
    values,
  );
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([column, value]) => [column, maskColumn(table, column, value)])),
  );
}

/** The search path of a session is the platform's schema. */
function relation(table: string): string {
  return table.split('.').map(pg.escapeIdentifier).join('.');
}

async function readChanges(session: Session, { table, column }: Lineage, id: string): Promise<ValueChange[] | null> {
  if (!(await canRead(session, 'ops.change_log')) || !(await canRead(session, 'ops.runs'))) return null;
  const { rows } = await session.query<ValueChange>(
    `SELECT l.at, l.run_id::text AS run, r.command, l.reason, l.before -> $3 AS before, l.after -> $3 AS after,
       l.event_id AS event, l.undone_by IS NOT NULL AS "isUndone"
     FROM ops.change_log l JOIN ops.runs r ON r.id = l.run_id
     WHERE l.table_name = $1 AND l.row_id = $2 AND l.after ? $3
     ORDER BY l.id DESC LIMIT ${SHOWN}`,
    [table.name, id, column.name],
  );
  return rows.map((change) => ({
    ...change,
    before: maskColumn(table.name, column.name, change.before),
    after: maskColumn(table.name, column.name, change.after),
  }));
}
