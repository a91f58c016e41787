import type { Session } from './session.js';

export interface LiveColumn {
  name: string;
  /** As PostgreSQL writes it: `timestamp(3) without time zone`. */
  type: string;
  nullable: boolean;
}

export interface LiveTable {
  name: string;
  oid: number;
  /** The planner's estimate; 0 where the table was never analysed. */
  estimatedRows: number;
  columns: ReadonlyMap<string, LiveColumn>;
  /** Column names by their number, which is how result fields refer to them. */
  columnNumbers: ReadonlyMap<number, string>;
}

/** The tables and views of the platform's schema as they are now, by name. */
export type LiveSchema = ReadonlyMap<string, LiveTable>;

interface Row {
  oid: number;
  table: string;
  rows: number;
  number: number;
  column: string;
  type: string;
  nullable: boolean;
}

/** Reads the live catalog: which tables and columns exist is never assumed, since deployments differ. */
export async function readLiveSchema(session: Session, schema: string): Promise<LiveSchema> {
  const { rows } = await session.query<Row>(
    `SELECT c.oid::int8 AS oid, c.relname AS table, greatest(c.reltuples, 0)::int8 AS rows, a.attnum AS number,
       a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY c.relname, a.attnum`,
    [schema],
  );
  const tables = new Map<
    string,
    LiveTable & { columns: Map<string, LiveColumn>; columnNumbers: Map<number, string> }
  >();
  for (const row of rows) {
    const table = tables.get(row.table) ?? {
      name: row.table,
      oid: row.oid,
      estimatedRows: row.rows,
      columns: new Map<string, LiveColumn>(),
      columnNumbers: new Map<number, string>(),
    };
    table.columns.set(row.column, { name: row.column, type: row.type, nullable: row.nullable });
    table.columnNumbers.set(row.number, row.column);
    tables.set(row.table, table);
  }
  return tables;
}

/** `newer` databases keep customers, menus and menu items by business (PLATFORM.md). */
export const GENERATIONS = ['production', 'newer'] as const;
export type Generation = (typeof GENERATIONS)[number];

/** Which generation of the platform's schema this is, told from the live catalog. */
export function generationOf(schema: LiveSchema): Generation | 'none' {
  const customers = schema.get('customers');
  if (customers === undefined) return 'none';
  return customers.columns.has('businessId') ? 'newer' : 'production';
}

/**
 * Whether a table is there and open to this role: `orders` of the platform, or `ops.runs` with its schema. Looks at the
 * catalog, as asking for a table of a schema that is closed is an error.
 */
export async function canRead(session: Session, table: string): Promise<boolean> {
  const [schema, name] = table.includes('.') ? table.split('.') : [null, table];
  const { rows } = await session.query<{ readable: boolean }>(
    `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = coalesce($1, current_schema()) AND c.relname = $2`,
    [schema, name],
  );
  return rows[0]?.readable === true;
}
