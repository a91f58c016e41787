import { stringify } from 'csv-stringify/sync';
import type { Cell, Column } from '../report.js';
import type { Renderer } from './renderer.js';

/** What a spreadsheet takes for the beginning of a formula, with the full-width forms that some normalise first. */
const FORMULA_START = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/**
 * RFC 4180: CRLF, one header of column keys, quotes where needed. Null is an empty field, an empty text is `""`.
 * Rows from the sandbox say so in a last column, since a comment line would not be CSV.
 */
export const renderCsv: Renderer = (report) => {
  const { columns, rows } = report.table;
  const mark = report.sandbox && !columns.some(({ key }) => key === 'sandbox');
  const header = [...columns.map(({ key }) => key), ...(mark ? ['sandbox'] : [])];
  const records = rows.map((row) => [
    ...columns.map((column) => toField(row[column.key] ?? null, column)),
    ...(mark ? ['true'] : []),
  ]);
  // Arrays, not objects: csv-stringify reads a dot in an object's key as a path. quoted_empty would quote nulls too, and
  // a line end that is not CRLF goes unquoted by default.
  return stringify([header, ...records], { record_delimiter: '\r\n', quoted_match: /^$|[\r\n]/ });
};

/** Only free text is guarded: a guard on every cell would turn -5.00 and +14045550134 into text. */
function toField(value: Cell, { kind }: Column): string | null {
  if (value === null) return null;
  if (kind === 'text' && typeof value === 'string' && FORMULA_START.test(value)) return `'${value}`;
  return String(value);
}
