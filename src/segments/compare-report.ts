import type { Column, Report, Section } from '../report.js';
import { count } from '../words.js';
import type { Comparison, Movement } from './compare.js';
import type { ReportOptions } from './report.js';
import { SEGMENTS } from './segments.js';

/** The largest movements shown in the readable formats; JSON has all, CSV everybody who moved. */
const SHOWN = 20;

const NAMES: readonly (string | null)[] = [...SEGMENTS.map(({ name }) => name), null];

/** Who moved where; `document` is `smsfood.segments-compare/1`. A null segment: not scored, for want of a sold order. */
export function compareReport(
  { clock, then, matrix, movers, otherDefinitions }: Comparison,
  { runId, sandbox }: ReportOptions,
): Report {
  const movements = matrix.filter(({ from, to }) => from !== to);
  const moved = movements.reduce((sum, { customers }) => sum + customers, 0);
  const rows = NAMES.flatMap((name) => segmentRow(name, matrix));
  return {
    name: 'segments compare',
    document: {
      schema: 'smsfood.segments-compare/1',
      run: { id: runId, now: clock.now, day: clock.day, timezone: clock.timezone },
      comparedWith: then,
      otherDefinitions,
      segments: rows,
      matrix: Object.fromEntries(NAMES.map((from) => [label(from), matrixRow(from, matrix)])),
      movements,
      moved,
      exitCode: 0,
    },
    table: {
      columns: [
        { key: 'id', label: 'Customer', kind: 'id' },
        { key: 'from', label: 'From', kind: 'text' },
        { key: 'to', label: 'To', kind: 'text' },
      ],
      rows: movers.map(({ id, from, to }) => ({ id, from: label(from), to: label(to) })),
    },
    sections: [
      { lines: [`${count(moved, 'customer')} moved since the scores of ${then.day}.`, ...warning(otherDefinitions)] },
      { table: { columns: SEGMENT_COLUMNS, rows: rows.map((row) => ({ ...row, segment: label(row.segment) })) } },
      ...largest(movements),
    ],
    sandbox,
  };
}

function label(segment: string | null): string {
  return segment ?? 'not scored';
}

function segmentRow(name: string | null, matrix: readonly Movement[]) {
  const sum = (of: (movement: Movement) => boolean) =>
    matrix.filter(of).reduce((total, { customers }) => total + customers, 0);
  // Who is not scored, then or now, is known only as far as they have scores on the other side.
  const [before, now] = name === null ? [null, null] : [sum(({ from }) => from === name), sum(({ to }) => to === name)];
  return {
    segment: name,
    before,
    now,
    stayed: name === null ? null : sum(({ from, to }) => from === name && to === name),
    came: sum(({ from, to }) => to === name && from !== name),
    went: sum(({ from, to }) => from === name && to !== name),
  };
}

function matrixRow(from: string | null, matrix: readonly Movement[]): Record<string, number> {
  const customers = (to: string | null) =>
    matrix.find((movement) => movement.from === from && movement.to === to)?.customers ?? 0;
  return Object.fromEntries(NAMES.filter((to) => from !== null || to !== null).map((to) => [label(to), customers(to)]));
}

function warning(otherDefinitions: boolean): string[] {
  return otherDefinitions
    ? ['They were made with another time zone or other sold statuses: part of the movement is that change.']
    : [];
}

function largest(movements: readonly Movement[]): Section[] {
  if (movements.length === 0) return [];
  const rows = movements
    .slice(0, SHOWN)
    .map(({ from, to, customers }) => ({ from: label(from), to: label(to), customers }));
  return [
    {
      title: movements.length > SHOWN ? `The ${SHOWN} largest of ${movements.length} movements` : 'Movements',
      table: { columns: MOVEMENT_COLUMNS, rows },
    },
    { lines: ['All of them with --format json, everybody who moved with --format csv.'] },
  ];
}

const SEGMENT_COLUMNS: Column[] = [
  { key: 'segment', label: 'Segment', kind: 'id' },
  { key: 'before', label: 'Then', kind: 'integer' },
  { key: 'now', label: 'Now', kind: 'integer' },
  { key: 'stayed', label: 'Stayed', kind: 'integer' },
  { key: 'came', label: 'Came', kind: 'integer' },
  { key: 'went', label: 'Went', kind: 'integer' },
];

const MOVEMENT_COLUMNS: Column[] = [
  { key: 'from', label: 'From', kind: 'text' },
  { key: 'to', label: 'To', kind: 'text' },
  { key: 'customers', label: 'Customers', kind: 'integer' },
];
