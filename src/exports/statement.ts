import pg from 'pg';
import { localTime, startOfDay } from '../db/business-clock.js';
import { BUSINESS_DAY, type Column, cellSql, isText } from './column.js';
import type { Dataset, Scope } from './dataset.js';
import type { Period } from './period.js';
import type { FileStyle } from './style.js';

/** Everything that decides which rows and columns an export has. The manifest keeps it, so that it can be asked again. */
export interface Selection {
  dataset: Dataset;
  columns: readonly Column[];
  style: FileStyle;
  period: Period;
  business: string | null;
  statuses: readonly string[] | null;
  sold: readonly string[];
  isNewer: boolean;
}

/** A part of the period. */
export interface Range {
  from: string | null;
  to: string | null;
}

/** COPY takes no parameters, so values are quoted as node-postgres quotes them; none of them is SQL that a user wrote. */
const literal = pg.escapeLiteral;
const list = (texts: readonly string[]) => `(${texts.map(literal).join(', ')})`;
const timestamp = (iso: string | null) => (iso === null ? null : `timestamp ${literal(iso.slice(0, -1))}`);

function scopeOf(selection: Selection, range: Range): Scope {
  const { isNewer, period, sold, business, statuses } = selection;
  return {
    isNewer,
    hasHistory: hasHistory(selection),
    timezone: literal(period.timezone),
    sold: list(sold),
    from: timestamp(range.from),
    to: timestamp(range.to),
    business: business === null ? null : literal(business),
    statuses: statuses === null ? null : list(statuses),
  };
}

/** Whether a column tells what a business was: the others need no ops. */
export function hasHistory({ columns }: Pick<Selection, 'columns'>): boolean {
  return columns.some(({ isHistory }) => isHistory === true);
}

/** The rows of a range, cells as the file has them, in the order of the file. */
export function rowsSql(selection: Selection, range: Range = selection.period): string {
  const { dataset, columns, style } = selection;
  const scope = scopeOf(selection, range);
  const cells = columns.map((column) => {
    const sql = column.sql === BUSINESS_DAY ? `(${businessDaySql(selection)})` : column.sql;
    return `${cellSql({ ...column, sql }, style)} AS ${pg.escapeIdentifier(column.key)}`;
  });
  return `SELECT ${cells.join(', ')} FROM ${dataset.from(scope, whereSql(selection, scope))} ORDER BY ${dataset.order}`;
}

/** The COPY of a range: csv as it is, else one JSON object a line. */
export function copySql(selection: Selection, range: Range): string {
  const rows = rowsSql(selection, range);
  if (selection.style.format === 'csv') return `COPY (${rows}) TO STDOUT (FORMAT csv${quotesSql(selection)})`;
  return `COPY (SELECT row_to_json(line) FROM (${rows}) AS line) TO STDOUT`;
}

function quotesSql({ columns, style }: Selection): string {
  const texts = columns.filter(isText).map(({ key }) => pg.escapeIdentifier(key));
  return style.excel && texts.length > 0 ? `, FORCE_QUOTE (${texts.join(', ')})` : '';
}

/** Rows and sums of each money column by slice, in the order of the file. */
export function surveySql(selection: Selection): string {
  const { dataset, period } = selection;
  const scope = scopeOf(selection, period);
  const where = whereSql(selection, scope);
  const from = dataset.counted?.(scope, where) ?? dataset.from(scope, where);
  const slice = dataset.slice === 'month' ? dataset.time : businessDaySql(selection);
  const first = dataset.slice === 'month' ? 'NULL::timestamp' : `min(${dataset.time})`;
  const sums = moneyColumns(selection).map(({ sql }, index) => [`s${index}`, `coalesce(sum(${sql}), 0)::text`]);
  const figures = [['rows', 'count(*)'], ['first', first], ...sums];
  // A day becomes a text for each slice, not for each row.
  return `SELECT ${['slice::text', ...figures.map(([name]) => name)].join(', ')}
    FROM (SELECT ${slice} AS slice, ${figures.map(([name, sql]) => `${sql} AS ${name}`).join(', ')} FROM ${from} GROUP BY 1) AS counted
    ORDER BY first, counted.slice`;
}

export function moneyColumns({ columns }: Pick<Selection, 'columns'>): Column[] {
  return columns.filter(({ type }) => type === 'cents');
}

function whereSql(selection: Selection, scope: Scope): string {
  const { dataset } = selection;
  // Those of a month are orders, whatever the rows are called.
  const time = dataset.slice === 'month' ? 'o."createdAt"' : dataset.time;
  const conditions = [
    ...(scope.from === null ? [] : [`${time} >= ${scope.from}`]),
    ...(scope.to === null ? [] : [`${time} < ${scope.to}`]),
    ...dataset.conditions(scope),
  ];
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

/** Above it, the days' starts would be longer than the rows that they save time for. */
const MOST_STARTS = 4000;

/**
 * The calendar day of a row. Looked up among the starts of the period's days where it has two ends: the two conversions
 * of AT TIME ZONE took as long as reading the row itself.
 */
function businessDaySql({ dataset, period }: Selection): string {
  const zone = literal(period.timezone);
  const { firstDay, lastDay } = period;
  const days =
    firstDay === null || lastDay === null
      ? Number.POSITIVE_INFINITY
      : (Date.parse(lastDay) - Date.parse(firstDay)) / 86_400_000;
  if (firstDay === null || lastDay === null || !(days < MOST_STARTS)) return `${localTime(dataset.time, zone)}::date`;
  const starts = `ARRAY(SELECT ${startOfDay('day', zone)} FROM generate_series(timestamp ${literal(firstDay)}, timestamp ${literal(lastDay)}, '1 day') AS day ORDER BY day)`;
  return `date ${literal(firstDay)} - 1 + width_bucket(${dataset.time}, ${starts})`;
}
