import { classify, HIDDEN, type PersonalKind } from '../personal-data.js';
import type { FileStyle } from './style.js';

export type ColumnType = 'id' | 'text' | 'phone' | 'status' | 'integer' | 'cents' | 'time' | 'day' | 'boolean' | 'json';

export interface Column {
  key: string;
  type: ColumnType;
  /** One sentence for whoever reads the file. */
  meaning: string;
  /** The value as the database has it: cents as an integer, a time as a timestamp in UTC. */
  sql: string;
  /** What `--redact` masks it as. */
  personal?: PersonalKind;
  /** SQL of what `--redact` leaves of it, where that is another thing than the mask of its kind. */
  redacted?: string;
  /** Only in files whose --columns name it. */
  isOptional?: boolean;
  /** Tells what a business was on the days of a month that is over: ops.business_health. */
  isHistory?: boolean;
}

type CellStyle = Pick<FileStyle, 'format' | 'raw' | 'redact'>;

/** The tag of a column, of the platform or of ops, that holds data about a person; nothing for any other. */
export function personal(table: string, column: string): { personal?: PersonalKind } {
  const kind = classify(table, column);
  return kind === 'plain' || kind === 'unknown' ? {} : { personal: kind };
}

/** In place of the SQL of the calendar day of a row, which depends on the period. */
export const BUSINESS_DAY = ':business_day';

/** The column of the calendar day of a row; `time` is the one of its time. */
export function businessDay(time: string): Column {
  const meaning = `calendar day of ${time} in the business time zone`;
  return { key: 'business_day', type: 'day', meaning, sql: BUSINESS_DAY };
}

export const CURRENCY: Column = { key: 'currency', type: 'status', meaning: 'always USD', sql: `'USD'` };

/** Whether its cells may hold anything that a person typed, and get the guard. */
export function isGuarded({ type }: Column, { format, raw }: CellStyle): boolean {
  return format === 'csv' && !raw && type === 'text';
}

/** Whether its csv cells are texts, whatever they look like. */
export function isText({ type }: Column): boolean {
  return ['id', 'text', 'phone', 'status', 'json'].includes(type);
}

/** The cell as the server writes it. Of csv and jsonl it is the final text; parquet takes cents and epoch milliseconds. */
export function cellSql(column: Column, style: CellStyle): string {
  const { type } = column;
  const sql = style.redact ? redactedSql(column) : column.sql;
  if (style.format === 'parquet') return parquetSql(type, sql);
  switch (type) {
    case 'cents':
      // numeric with two digits: 12.99, 0.05, -5.00. A third of what to_char costs.
      return style.format === 'csv' ? `${sql} * 0.01` : `(${sql} * 0.01)::text`;
    case 'time':
      return isoSql(sql);
    case 'boolean':
      return style.format === 'csv' ? `(${sql})::text` : sql; // COPY would write t and f
    case 'day':
    case 'json':
    case 'status':
      return `(${sql})::text`;
    case 'id':
    case 'phone':
    case 'text':
      return style.format === 'csv' && !style.raw ? guardSql(sql, type) : sql;
    default:
      return sql;
  }
}

function parquetSql(type: ColumnType, sql: string): string {
  if (type === 'time') return `(extract(epoch FROM ${sql}) * 1000)::int8`;
  if (type === 'cents') return `(${sql})::int8`;
  return ['day', 'json', 'status'].includes(type) ? `${sql}::text` : sql;
}

/**
 * ISO 8601 in UTC with milliseconds. A microsecond more makes the server write all six digits, of which three are kept:
 * a third of what to_char costs, and to_char has nothing for an infinite time.
 */
function isoSql(sql: string): string {
  return `CASE WHEN isfinite(${sql}) THEN substr(to_json(${sql} + interval '1us')::text, 2, 23) || 'Z' ELSE ${sql}::text END`;
}

/**
 * A leading apostrophe keeps a spreadsheet from running what begins like a formula, full-width forms included: the same
 * rule as in src/output/csv.ts, which a test compares. Valid ids never begin so, and a valid phone is let through.
 */
function guardSql(sql: string, type: ColumnType): string {
  const isOther = type === 'phone' ? ` AND NOT (${phoneSql(sql)})` : '';
  return `CASE WHEN ascii(${sql}) IN (${FORMULA_STARTS})${isOther} THEN '''' || ${sql} ELSE ${sql} END`;
}

/** A plus sign with 7 to 15 digits, which may be masked: as one pattern, with its bounds, it costs three times as much. */
function phoneSql(sql: string): string {
  return `length(${sql}) BETWEEN 8 AND 16 AND ${sql} LIKE '+%' AND ${sql} !~ '.[^0-9•]'`;
}

/** Code points of = + - @ tab CR LF and the full-width forms; a comparison of numbers costs a fifth of a pattern. */
const FORMULA_STARTS = [...'=+-@\t\r\n\uff1d\uff0b\uff0d\uff20'].map((each) => each.codePointAt(0)).join(', ');

function redactedSql({ sql, personal: kind, redacted }: Column): string {
  return redacted ?? (kind === undefined ? sql : maskSql(sql, kind));
}

/** What `mask` in src/personal-data.ts does, in SQL. */
function maskSql(sql: string, kind: PersonalKind): string {
  const digits = `regexp_replace(${sql}, '[^0-9]', '', 'g')`;
  const masked: Record<PersonalKind, string> = {
    phone: `CASE WHEN length(${digits}) < 10 THEN '${HIDDEN}'
      WHEN left(${sql}, 1) = '+' THEN '+' || left(${digits}, 4) || '${HIDDEN}' || right(${digits}, 2)
      ELSE left(${digits}, 3) || '${HIDDEN}' || right(${digits}, 2) END`,
    email: `CASE WHEN position('@' IN ${sql}) < 2 THEN '${HIDDEN}'
      ELSE CASE WHEN ${sql} ~ '^[A-Za-z0-9_]' THEN left(${sql}, 1) ELSE '' END || '${HIDDEN}@${HIDDEN}' END`,
    name: `CASE WHEN ${sql} ~ '^[[:alpha:]]' THEN left(${sql}, 1) || '${HIDDEN}' ELSE '${HIDDEN}' END`,
    text: `'${HIDDEN}'`,
    secret: `'${HIDDEN}'`,
  };
  return `(CASE WHEN ${sql} IS NULL OR ${sql} = '' THEN ${sql} WHEN ${sql} ~ '^\\s*$' THEN '(blank)' ELSE ${masked[kind]} END)`;
}
