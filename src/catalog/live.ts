import type { Session } from '../db/session.js';

export interface ColumnStatistics {
  nullShare: number;
  /** As pg_stats has it. */
  distinct: number;
}

/** Of the platform's schema and of ops; the name of a column there is `table.column`, or `ops.table.column`. */
const PLACE = `CASE n.nspname WHEN 'ops' THEN 'ops.' ELSE '' END || c.relname || '.' || a.attname`;
const COLUMNS = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ($1, 'ops')
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

/** The planner's statistics. PostgreSQL shows a role those of the columns that it may read, and no others. */
export async function readStatistics(session: Session, schema: string): Promise<Map<string, ColumnStatistics>> {
  const { rows } = await session.query<{ place: string; share: number; distinct: number }>(
    `SELECT ${PLACE} AS place, s.null_frac::float8 AS share, s.n_distinct::float8 AS distinct
     FROM ${COLUMNS}
     JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND s.inherited = (c.relkind = 'p')`,
    [schema],
  );
  return new Map(rows.map(({ place, share, distinct }) => [place, { nullShare: share, distinct }]));
}

/** Foreign keys of one column, as the place of the column that they lead to. */
export async function readForeignKeys(session: Session, schema: string): Promise<Map<string, string>> {
  const { rows } = await session.query<{ place: string; target: string }>(
    `SELECT ${PLACE} AS place,
       CASE tn.nspname WHEN 'ops' THEN 'ops.' ELSE '' END || t.relname || '.' || ta.attname AS target
     FROM ${COLUMNS}
     JOIN pg_constraint f ON f.contype = 'f' AND f.conrelid = c.oid AND f.conkey = ARRAY[a.attnum]
     JOIN pg_class t ON t.oid = f.confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
     JOIN pg_attribute ta ON ta.attrelid = t.oid AND ta.attnum = f.confkey[1]`,
    [schema],
  );
  return new Map(rows.map(({ place, target }) => [place, target]));
}

/** Columns that tell rows apart alone. */
export async function readKeys(session: Session, schema: string): Promise<Map<string, 'primary' | 'unique'>> {
  const { rows } = await session.query<{ place: string; primary: boolean }>(
    `SELECT ${PLACE} AS place, bool_or(i.indisprimary) AS primary
     FROM ${COLUMNS}
     JOIN pg_index i ON i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum AND i.indpred IS NULL
     GROUP BY 1`,
    [schema],
  );
  return new Map(rows.map(({ place, primary }) => [place, primary ? 'primary' : 'unique']));
}
