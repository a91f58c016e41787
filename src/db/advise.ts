import pg from 'pg';
import type { Session } from './session.js';

/** An index that the platform's tables lack, and who waits for it. smsfood never makes one itself. */
interface Wish {
  table: string;
  column: string;
  why: string;
}

const WISHES: readonly Wish[] = [
  {
    table: 'orders',
    column: 'customerId',
    why: 'reconcile sums the orders of the customers that changed, instead of reading all orders; so does the platform for its order history',
  },
  {
    table: 'orders',
    column: 'updatedAt',
    why: 'reconcile sees changes of orders of any age between two full passes, and check --since and refresh find what is new',
  },
  {
    table: 'orders',
    column: 'createdAt',
    why: 'exports and reports read the days that they are about, instead of all orders',
  },
  {
    table: 'sms_logs',
    column: 'twilioSid',
    why: 'a delivery receipt finds its message, instead of reading all messages',
  },
];

export interface Advice extends Wish {
  state: 'present' | 'missing' | 'invalid' | 'no such column';
  /** Rough size of a missing index, in bytes; null where the table was never analysed. */
  estimatedBytes: number | null;
  /** The statement that makes it without keeping anybody from writing; null where there is nothing to do. */
  sql: string | null;
}

interface Row {
  wish: number;
  exists: boolean;
  valid: boolean | null;
  rows: number;
  width: number | null;
}

/** What of the indexes that smsfood could use is there. Reads the catalog only. */
export async function adviseIndexes(session: Session): Promise<Advice[]> {
  const { rows } = await session.query<Row>(
    `SELECT w.number AS wish, a.attname IS NOT NULL AS exists, bool_or(i.indisvalid) AS valid,
       coalesce(max(c.reltuples), -1)::int8 AS rows, max(s.avg_width) AS width
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (table_name, column_name, number)
     LEFT JOIN pg_class c ON c.oid = to_regclass(quote_ident(w.table_name))
     LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w.column_name AND NOT a.attisdropped
     LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indpred IS NULL
     LEFT JOIN pg_stats s ON s.schemaname = current_schema() AND s.tablename = w.table_name AND s.attname = w.column_name
     GROUP BY w.number, a.attname ORDER BY w.number`,
    [WISHES.map(({ table }) => table), WISHES.map(({ column }) => column)],
  );
  return rows.flatMap((row) => {
    const wish = WISHES[row.wish - 1];
    return wish === undefined ? [] : [adviceOf(wish, row)];
  });
}

/** An index entry is the value with 16 bytes around it, and pages are nine tenths full. */
function adviceOf(wish: Wish, { exists, valid, rows, width }: Row): Advice {
  const state = !exists ? 'no such column' : valid === null ? 'missing' : valid ? 'present' : 'invalid';
  const isSizeKnown = state === 'missing' && rows >= 0 && width !== null;
  return {
    ...wish,
    state,
    estimatedBytes: isSizeKnown ? Math.ceil((rows * (width + 16)) / 0.9) : null,
    sql: state === 'missing' ? createIndex(wish) : null,
  };
}

/** By the name that Prisma gives to @@index, so that the platform's own schema can take it over. */
function createIndex({ table, column }: Wish): string {
  const name = pg.escapeIdentifier(`${table}_${column}_idx`);
  return `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ON ${pg.escapeIdentifier(table)} (${pg.escapeIdentifier(column)});`;
}
