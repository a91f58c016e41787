import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import { formatCell } from '../output/values.js';
import type { Cell, ColumnKind, Report, Section, Table } from '../report.js';
import type { Bounds, Metric, Series, SeriesColumn } from './kpi.js';
import { describePeriod } from './period.js';
import type { KpiResult } from './run.js';

export interface ReportOptions {
  sandbox: boolean;
  /** The series that the CSV form has in place of the metrics. */
  csvSeries: string | null;
}

export const KINDS: Readonly<Record<SeriesColumn['unit'], ColumnKind>> = {
  count: 'integer',
  cents: 'cents',
  ratio: 'percent',
  number: 'number',
  hours: 'number',
  text: 'text',
  id: 'id',
  time: 'time',
};

/** The numbers of a report; `document` is `smsfood.kpi/1`. Throws USAGE for a series that it has not. */
export function kpiReport(result: KpiResult, { sandbox, csvSeries }: ReportOptions): Report {
  const { report, source, timezone, business, period, previous, comparison, metrics, series, notes } = result;
  return {
    name: `kpi ${report.id}`,
    document: {
      schema: 'smsfood.kpi/1',
      report: report.id,
      asOf: source.asOf,
      timezone,
      business,
      source: { kind: source.kind, tables: source.tables },
      period: boundsDocument(period),
      comparison,
      comparedWith: previous === null ? null : boundsDocument(previous),
      metrics,
      series: series.map(({ id, title, columns, rows }) => ({
        ...{ id, title, rows },
        columns: columns.map(({ key, unit }) => ({ id: key, unit })),
      })),
      notes,
    },
    table: csvSeries === null ? flatMetrics(metrics) : flatSeries(result, csvSeries),
    sections: [
      { lines: headline(result) },
      { table: metricTable(result) },
      ...series.map(seriesSection),
      ...(notes.length === 0 ? [] : [{ lines: notes }]),
    ],
    sandbox,
  };
}

/** `isPartial`: it is counted up to `end` only. */
function boundsDocument({ from, to, until, starts, ends }: Bounds) {
  return { from, to, start: starts, end: ends, isPartial: until !== null };
}

function headline(result: KpiResult): string[] {
  const { report, source, timezone, business } = result;
  const whose = business === null ? '' : ` of business ${business}`;
  const hint = source.kind === 'orders' ? '' : "; --fresh reads the platform's tables";
  return [`${report.id}${whose}, ${timezone}: ${periodOf(result)}.`, `${sourceOf(result)}${hint}.`];
}

/** What period the numbers are about, and what it is compared with. */
export function periodOf({ report, period, previous, comparison }: KpiResult): string {
  const partial = period.until === null ? '' : ' (partial)';
  const what = report.range === 'refused' ? period.from : `${describePeriod(period)}${partial}`;
  if (previous === null) return what;
  return `${what}, compared with ${describePeriod(previous)}${comparison === 'none' ? '' : ` (${comparison})`}`;
}

/** Where the numbers come from, and as of when. */
export function sourceOf({ source }: KpiResult): string {
  return source.kind === 'orders'
    ? `Read from the platform's tables as of ${source.asOf}`
    : `Read from ${source.tables.join(' and ')}, as refreshed at ${source.asOf}`;
}

export function metricTable({ report, metrics, previous }: KpiResult): Table {
  const isCompared = previous !== null || metrics.some((metric) => metric.previous !== null);
  return {
    columns: [
      { key: 'label', label: 'Metric', kind: 'text' },
      { key: 'value', label: 'Value', kind: 'number' },
      ...(isCompared
        ? ([
            { key: 'previous', label: 'Before', kind: 'number' },
            { key: 'change', label: 'Change', kind: 'number' },
          ] as const)
        : []),
    ],
    // Each row has a unit of its own, so its numbers are written here.
    rows: metrics.map((metric) => ({
      label: report.definitions[metric.id]?.label ?? metric.id,
      value: written(metric.value, metric.unit),
      previous: written(metric.previous, metric.unit),
      change: writtenChange(metric),
    })),
  };
}

export function written(value: number | null, unit: SeriesColumn['unit']): string | null {
  return value === null ? null : formatCell(shown(value, unit), KINDS[unit]);
}

/** `+12.5%`, `-0.4 pp`; `n/a` where there was nothing before. */
export function writtenChange({ value, previous, change, changeUnit }: Metric): string | null {
  if (value === null || previous === null) return null;
  if (change === null) return previous === value ? '=' : 'n/a';
  const size = changeUnit === 'points' ? change : change * 100;
  const rounded = Math.round(size * 10) / 10;
  if (rounded === 0) return change === 0 ? '=' : '~';
  return `${rounded > 0 ? '+' : ''}${formatCell(rounded, 'number')}${changeUnit === 'points' ? ' pp' : '%'}`;
}

function seriesSection({ title, columns, rows, drawn = [], shown: limit = rows.length, showsNewest }: Series): Section {
  const chosen = showsNewest === true ? rows.slice(Math.max(0, rows.length - limit)) : rows.slice(0, limit);
  const table = seriesTable(columns, chosen);
  const sparklines =
    rows.length < 2 ? [] : columns.filter(({ key }) => drawn.includes(key)).map((column) => line(column, rows));
  const isCut = limit > 0 && rows.length > limit;
  return {
    title: isCut ? `${title} (${limit} of ${rows.length}; all with --format json)` : title,
    ...(sparklines.length === 0 ? {} : { sparklines }),
    // With no rows to be shown, the drawing is all there is.
    ...(limit === 0 && sparklines.length > 0 ? {} : { table }),
  };
}

export function seriesTable(columns: readonly SeriesColumn[], rows: Series['rows']): Table {
  return {
    columns: columns.map(({ key, label, unit, isNarrow }) => ({
      ...{ key, label },
      kind: isNarrow === true ? ('number' as const) : KINDS[unit],
    })),
    rows: rows.map((row) =>
      Object.fromEntries(columns.map((column) => [column.key, readable(row[column.key] ?? null, column)])),
    ),
  };
}

function readable(value: Cell, { unit, isNarrow }: SeriesColumn): Cell {
  return isNarrow === true && typeof value === 'number' ? `${Math.round(value * 100)}%` : shown(value, unit);
}

/** Partial ones would look like a fall. */
function line({ key, label, unit }: SeriesColumn, rows: Series['rows']) {
  const values = rows
    .filter(({ partial }) => partial !== true)
    .map((row) => {
      const value = row[key];
      return typeof value === 'number' ? value : null;
    });
  const known = values.filter((value) => value !== null);
  const [least, most] = known.length === 0 ? [null, null] : [Math.min(...known), Math.max(...known)];
  return { label, values, range: `${written(least, unit) ?? '-'} to ${written(most, unit) ?? '-'}` };
}

/** Readable formats write a ratio as a percentage. */
function shown(value: Cell, unit: SeriesColumn['unit']): Cell {
  return unit === 'ratio' && typeof value === 'number' ? value * 100 : value;
}

function flatMetrics(metrics: readonly Metric[]): Table {
  return {
    columns: [
      { key: 'id', label: 'Id', kind: 'id' },
      { key: 'value', label: 'Value', kind: 'number' },
      { key: 'unit', label: 'Unit', kind: 'text' },
      { key: 'previous', label: 'Before', kind: 'number' },
      { key: 'change', label: 'Change', kind: 'number' },
      { key: 'change_unit', label: 'Unit of the change', kind: 'text' },
    ],
    rows: metrics.map(({ id, value, unit, previous, change, changeUnit }) => ({
      ...{ id, value, unit, previous, change },
      change_unit: changeUnit,
    })),
  };
}

function flatSeries({ report, series }: KpiResult, id: string): Table {
  const chosen = series.find((each) => each.id === id);
  if (chosen === undefined)
    throw new SmsfoodError(
      'USAGE',
      `kpi ${report.id} has no series "${id}" here.`,
      suggestion(
        id,
        series.map((each) => each.id),
      ),
    );
  return {
    columns: chosen.columns.map(({ key, label, unit }) => ({
      ...{ key, label },
      kind: unit === 'text' || unit === 'id' || unit === 'time' ? unit : 'number',
    })),
    rows: chosen.rows,
  };
}
