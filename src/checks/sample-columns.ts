import type pg from 'pg';
import type { LiveSchema } from '../db/catalog.js';
import { isoUtc } from '../db/types.js';
import { classify, isFreeOfPersonalData, mask, type PersonalKind } from '../personal-data.js';
import type { ParsedCheck } from './check-file.js';

/** A violating row as it is shown. */
export type Sample = Record<string, unknown>;

/** A column of a check's rows, and the platform's column that it shows, where it shows one unchanged. */
export interface ResultColumn {
  name: string;
  typeId: number;
  origin: { table: string; column: string } | null;
}

/** PostgreSQL reports for each field the table and column it comes from, through aliases, subqueries and WITH. */
export function columnsOfResult(fields: readonly pg.FieldDef[], live: LiveSchema): ResultColumn[] {
  const tables = new Map([...live.values()].map((table) => [table.oid, table]));
  return fields.map((field) => {
    const table = tables.get(field.tableID);
    const column = table?.columnNumbers.get(field.columnID);
    const origin = table !== undefined && column !== undefined ? { table: table.name, column } : null;
    return { name: field.name, typeId: field.dataTypeID, origin };
  });
}

/** Types whose values cannot hold free text: bool, integers, floats, numeric, oid, dates and times, interval, uuid. */
const HARMLESS_TYPES = new Set([16, 20, 21, 23, 26, 700, 701, 1700, 1082, 1083, 1114, 1184, 1266, 1186, 2950]);
const TIMES = new Set([1114, 1184]);

/** Ten digits and more: a phone number that a check has made a number of. Cents of one row do not get that long. */
const MAYBE_PHONE = /^\d{10,15}(?:\.0*)?$/;

/** What must be hidden of a value: null when it may be shown as it is. What is not known to be harmless is hidden. */
function hidden(value: unknown, column: ResultColumn, check: ParsedCheck): PersonalKind | null {
  const kind = column.origin === null ? 'unknown' : classify(column.origin.table, column.origin.column);
  if (kind === 'plain') return null;
  if (kind !== 'unknown') return kind;
  if (check.tables.every((table) => table.startsWith('pg_') || isOwn(table, check))) return null;
  return HARMLESS_TYPES.has(column.typeId) && !MAYBE_PHONE.test(String(value)) ? null : 'text';
}

/** A table of the toolkit's own: a check that reads one says so in its header. */
function isOwn(table: string, { requires }: ParsedCheck): boolean {
  const name = `ops.${table}`;
  return requires.includes(name) && isFreeOfPersonalData(name);
}

/** One violating row: the key first, times as ISO 8601, personal values masked unless `reveal`. */
export function revealSample(
  row: Record<string, unknown>,
  columns: readonly ResultColumn[],
  check: ParsedCheck,
  reveal: boolean,
): Sample {
  const keyFirst = [...columns].sort((a, b) => Number(b.name === check.key) - Number(a.name === check.key));
  return Object.fromEntries(
    keyFirst.map((column) => {
      const value = normalise(row[column.name], column);
      const kind = reveal ? null : hidden(value, column, check);
      return [column.name, kind === null ? value : mask(value, kind)];
    }),
  );
}

function normalise(value: unknown, column: ResultColumn): unknown {
  if (value === undefined) return null;
  return typeof value === 'string' && TIMES.has(column.typeId)
    ? isoUtc(value.replace('T', ' ').replace('+00:00', '+00'))
    : value;
}
