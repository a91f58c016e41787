import { undoHint } from '../db/ledger.js';
import type { Column, Report, Table } from '../report.js';
import { count, grouped } from '../words.js';
import { exitCodeOf, type Segmented } from './assign.js';
import { type Group, total } from './plan.js';
import { LAPSED_CATEGORY, SEGMENTS } from './segments.js';

export interface ReportOptions {
  runId: string;
  sandbox: boolean;
}

/** How customers are shown who bought before the 12 months only, and so have no segment. */
const LAPSED = 'lapsed';

/** Where every segment stands, and which categories change; `document` is `smsfood.segments/1`. Money is integer cents. */
export function segmentsReport(segmented: Segmented, { runId, sandbox }: ReportOptions): Report {
  const { mode, clock, since, scored, planned, applied, left, tooMany, written, changes, groups } = segmented;
  const segments = segmentRows(groups);
  const transitions = transitionRows(groups);
  const lapsed = total(inSegment(groups, null));
  const table: Table = {
    columns: SEGMENT_COLUMNS,
    rows: segments.map((row) => ({ ...row, segment: named(row.segment) })),
  };
  return {
    name: 'segments',
    document: {
      schema: 'smsfood.segments/1',
      run: { id: runId, now: clock.now, day: clock.day, timezone: clock.timezone, since },
      mode,
      scored,
      lapsed,
      segments,
      categories: { planned, applied, left, tooMany, transitions },
      scores: written,
      samples: changes.map(({ id, present, category, segment, reason }) => ({
        id,
        from: present,
        to: category,
        segment,
        reason,
      })),
      exitCode: exitCodeOf(segmented),
    },
    table,
    sections: [
      {
        lines: [
          `${count(scored, 'customer')} with a sold order since ${since}, in quintiles of recency and frequency.`,
        ],
      },
      { table: { ...table, columns: SEGMENT_COLUMNS.filter(({ key }) => key !== 'toChange') } },
      ...(transitions.length === 0
        ? []
        : [
            {
              title: mode === 'apply' ? 'Categories' : 'Categories that would change',
              table: { columns: TRANSITION_COLUMNS, rows: transitions },
            },
          ]),
      ...(lapsed === 0 ? [] : [{ lines: [`Lapsed: sold orders, but none since ${since}.`] }]),
      { lines: [outcome(segmented), ...further(segmented), ...((applied ?? 0) > 0 ? [undoHint(runId)] : [])] },
    ],
    sandbox,
  };
}

function segmentRows(groups: readonly Group[]) {
  const rows = SEGMENTS.map(({ name, cells, category }) => ({
    segment: name,
    cells,
    category,
    of: inSegment(groups, name),
  }));
  const lapsed = inSegment(groups, null);
  const all = [
    ...rows,
    ...(lapsed.length === 0 ? [] : [{ segment: null, cells: null, category: LAPSED_CATEGORY, of: lapsed }]),
  ];
  const customers = total(groups);
  return all.map(({ of, ...row }) => ({
    ...row,
    customers: total(of),
    share: (total(of) / customers) * 100,
    gmvCents: of.reduce((sum, { cents }) => sum + cents, 0),
    toChange: total(of.filter(({ category, present }) => category !== present)),
  }));
}

function inSegment(groups: readonly Group[], name: string | null): Group[] {
  return groups.filter(({ segment }) => segment === name);
}

/** How many customers go from which category to which, the most first. */
function transitionRows(groups: readonly Group[]): { from: string | null; to: string; customers: number }[] {
  const rows = new Map<string, { from: string | null; to: string; customers: number }>();
  for (const { present, category, customers } of groups) {
    if (present === category) continue;
    const key = JSON.stringify([present, category]);
    const row = rows.get(key) ?? { from: present, to: category, customers: 0 };
    row.customers += customers;
    rows.set(key, row);
  }
  return [...rows.values()].sort(
    (a, b) => b.customers - a.customers || `${a.from} ${a.to}`.localeCompare(`${b.from} ${b.to}`, 'en'),
  );
}

function outcome({ mode, planned, applied }: Segmented): string {
  if (planned === 0) return 'Every category is that of its segment: nothing to change.';
  if (mode === 'apply') return `Changed ${grouped(applied ?? 0)} of ${count(planned, 'category', 'categories')}.`;
  return `${count(planned, 'category', 'categories')} would change. Nothing was changed: add --apply.`;
}

function further({ left, tooMany }: Segmented): string[] {
  return [
    ...(left.busy === 0 ? [] : [`${count(left.busy, 'customer')} held by another transaction: run this again.`]),
    ...(left.moved === 0
      ? []
      : [`${count(left.moved, 'customer')} given another category meanwhile, and left alone: run this again to see.`]),
    ...(tooMany === null
      ? []
      : [`--apply would refuse more than ${grouped(tooMany)}: look at them, then add --max-changes N or --force.`]),
  ];
}

function named(segment: string | null): string {
  return segment ?? LAPSED;
}

const SEGMENT_COLUMNS: Column[] = [
  { key: 'segment', label: 'Segment', kind: 'id' },
  { key: 'cells', label: 'R F', kind: 'text' },
  { key: 'category', label: 'Category', kind: 'text' },
  { key: 'customers', label: 'Customers', kind: 'integer' },
  { key: 'share', label: 'Share', kind: 'percent' },
  { key: 'gmvCents', label: 'GMV', kind: 'cents' },
  { key: 'toChange', label: 'To change', kind: 'integer' },
];

const TRANSITION_COLUMNS: Column[] = [
  { key: 'from', label: 'From', kind: 'text' },
  { key: 'to', label: 'To', kind: 'text' },
  { key: 'customers', label: 'Customers', kind: 'integer' },
];
