import type { Cell } from '../report.js';
import type { Comparison, Grain, Period, WallClock } from './period.js';
import type { Sql } from './sql.js';

/** Ratios are parts of 1; `points` of a change are percentage points. */
export type Unit = 'count' | 'cents' | 'ratio' | 'number' | 'hours';

export interface Definition {
  label: string;
  unit: Unit;
  /** What exactly is counted, in one or two sentences. */
  text: string;
}
export type Definitions = Readonly<Record<string, Definition>>;

export interface Metric {
  id: string;
  /** Null where it is unknown or not defined, such as an average of nothing. */
  value: number | null;
  unit: Unit;
  previous: number | null;
  /** 0.1 is 10% more than before; of ratios the difference in percentage points. Null where there is nothing to compare with. */
  change: number | null;
  changeUnit: 'ratio' | 'points';
}

export interface SeriesColumn {
  key: string;
  label: string;
  unit: Unit | 'text' | 'id' | 'time';
  /** Readable formats write its ratios as whole percents, where many stand side by side. */
  isNarrow?: boolean;
}

export interface Series {
  id: string;
  title: string;
  columns: readonly SeriesColumn[];
  rows: Record<string, Cell>[];
  /** Columns of numbers that are also drawn as a line; rows are then in the order of time. */
  drawn?: readonly string[];
  /** How many rows the readable formats show; the others have all of them. */
  shown?: number;
  /** The last ones rather than the first. */
  showsNewest?: boolean;
}

/** A period with the instants that it means, ISO 8601 in UTC. */
export interface Bounds extends Period {
  starts: string;
  /** The first instant that is not counted: its end, or now where it is running. */
  ends: string;
  /** Its end, also where that is still to come. */
  closes: string;
}

/** Where the numbers come from. */
export interface Source {
  kind: 'orders' | 'summaries';
  /** The tables of ops that were read. */
  tables: string[];
  /** The instant that the numbers describe. */
  asOf: string;
}

export interface Refreshed {
  /** ISO 8601 in UTC. */
  at: string;
  /** What the clock on the wall showed: `2026-03-10T11:00:00.000`. */
  local: string;
}

/** Everything that a report is about, resolved to instants. */
export interface Scope {
  clock: WallClock & { now: string };
  /** Another clock than the database's was asked for. */
  hasOwnClock: boolean;
  timezone: string;
  sold: readonly string[];
  /** Id of the business it is limited to. */
  business: string | null;
  /** Customers belong to a business: the newer generation of the platform's schema. */
  customersHaveBusiness: boolean;
  period: Bounds;
  /** Whether the period was asked for, and is not just the report's usual one. */
  isAsked: boolean;
  previous: Bounds | null;
  comparison: Comparison;
  grain: Grain;
  today: Bounds;
  /** What today is compared with. */
  todayBefore: Bounds;
  /** Tables of ops that may be read. */
  ops: ReadonlySet<string>;
  /** When a summary table was refreshed, where it is fresh enough for what is asked; see `freshSummaries`. */
  fresh: { closed: ReadonlyMap<string, Refreshed>; running: ReadonlyMap<string, Refreshed> };
  churnDays: number;
  smsSegmentCents: number | null;
  /** The WITH queries that score the customers, and the fewest that can be scored; from the feature that owns them. */
  scoring: { sql: (day: string) => Sql; fewest: number; segments: readonly string[] } | null;
}

export type Row = Record<string, unknown>;

export interface Findings {
  metrics: Metric[];
  series: Series[];
  /** Sentences that a reader of the numbers has to know. */
  notes: string[];
}

/** What a report asks the database, and what it makes of the answers. */
export interface Plan {
  source: Source;
  statements: readonly Sql[];
  /** The periods that the numbers describe, where these are not those of the scope. */
  periods?: Pick<Scope, 'period' | 'previous'>;
  /** `answers` are the rows of each statement. Throws NOT_FOUND where what was asked for is not kept. */
  shape(answers: readonly (readonly Row[])[]): Findings;
}

/** The reports in the order of help; src/kpi/index.ts has one of each. */
export const REPORT_IDS = [
  'overview',
  'revenue',
  'customers',
  'cohorts',
  'rfm',
  'menu',
  'sms',
  'businesses',
  'funnel',
  'fulfilment',
  'forecast',
] as const;

export interface KpiReport {
  id: (typeof REPORT_IDS)[number];
  summary: string;
  definitions: Definitions;
  /** Its usual period. */
  period(clock: WallClock, grain: Grain): Period;
  /** What --from and --to mean here; `refused` where it is always about now. */
  range: 'period' | 'refused';
  /** Whether its numbers are compared with those of another period. */
  compares: boolean;
  /** How it is limited to a business: by its orders, by its customers (which only the newer schema tells apart), or not at all. */
  business: 'orders' | 'customers' | 'refused';
  plan(scope: Scope): Plan;
}

/** The metrics of a report in the order of its definitions. Without `previous` there is no comparison. */
export function metricsOf(
  definitions: Definitions,
  current: Readonly<Record<string, unknown>> | undefined,
  previous?: Readonly<Record<string, unknown>> | undefined,
): Metric[] {
  return Object.entries(definitions).map(([id, { unit }]) => {
    const [value, before] = [numberOf(current?.[id]), numberOf(previous?.[id])];
    const changeUnit = unit === 'ratio' ? 'points' : 'ratio';
    return { id, value, unit, previous: before, change: changeOf(value, before, changeUnit), changeUnit };
  });
}

/** The metrics from rows that a column `period` calls current and previous. */
export function metricsOfPeriods(definitions: Definitions, rows: readonly Row[]): Metric[] {
  const of = (name: string) => rows.find(({ period }) => period === name);
  return metricsOf(definitions, of('current'), of('previous'));
}

export function changeOf(value: number | null, previous: number | null, unit: Metric['changeUnit']): number | null {
  if (value === null || previous === null) return null;
  if (unit === 'points') return (value - previous) * 100;
  return previous === 0 ? null : (value - previous) / Math.abs(previous);
}

/** Sums wider than JavaScript's exact integers come as text. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value !== '' ? Number(value) : null;
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Rows as a series shows them: its columns, numbers as numbers. */
export function seriesRows(columns: readonly SeriesColumn[], rows: readonly Row[]): Record<string, Cell>[] {
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(({ key, unit }) => {
        const value = row[key];
        if (typeof value === 'boolean') return [key, value];
        return [key, unit === 'text' || unit === 'id' || unit === 'time' ? textOf(value) : numberOf(value)];
      }),
    ),
  );
}

/** From the orders, or whatever else of the platform's own, as it is now. */
export function liveSource({ clock }: Scope): Source {
  return { kind: 'orders', tables: [], asOf: clock.now };
}
