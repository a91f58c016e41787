import { undoHint } from '../db/ledger.js';
import { mask } from '../personal-data.js';
import type { Column, Report, Section, Table } from '../report.js';
import { count, grouped } from '../words.js';
import type { LeftNumber, PlannedChange } from './plan.js';
import { type Changes, exitCodeOf, type Recycled } from './recycle.js';

export interface ReportOptions {
  runId: string;
  sandbox: boolean;
  reveal: boolean;
  marginMs: number;
}

/** `document` is `smsfood.phones-recycle/1`. */
export function recycleReport(recycled: Recycled, options: ReportOptions): Report {
  const { releasable, tooMany } = recycled;
  const hints = [
    ...(releasable === null || releasable === 0
      ? []
      : [`${numbers(releasable)} of businesses that have left could be released too: add --release-inactive.`]),
    ...(tooMany === null
      ? []
      : [`--apply would refuse more than ${grouped(tooMany)}: look at them, then add --max-changes N or --force.`]),
  ];
  return changeReport('recycle', recycled, options, { hints, further: { releasable, tooMany } });
}

/** `document` is `smsfood.phones-release/1`. */
export function releaseReport(released: Changes, options: ReportOptions): Report {
  return changeReport('release', released, options, { hints: [], further: {} });
}

function changeReport(
  command: 'recycle' | 'release',
  changes: Changes,
  { runId, marginMs, reveal, sandbox }: ReportOptions,
  { hints, further }: { hints: string[]; further: Record<string, unknown> },
): Report {
  const { mode, now, planned, applied, businesses } = changes;
  const rows = planned.map((change) => changeRow(change, applied, reveal));
  const left = changes.left.map((each) => leftRow(each, reveal));
  return {
    name: `phones ${command}`,
    document: {
      schema: `smsfood.phones-${command}/1`,
      run: { id: runId, now, marginMs },
      mode,
      planned: planned.length,
      applied: applied?.size ?? null,
      businesses,
      changes: rows,
      left,
      ...further,
      exitCode: exitCodeOf(changes, command),
    },
    table: {
      columns: [...ALL_COLUMNS],
      rows: [
        ...rows.map((row) => ({ ...row, next: null })),
        ...left.map(({ status, message, ...row }) => ({
          ...row,
          from: status,
          to: null,
          applied: false,
          why: message,
        })),
      ],
    },
    sections: [
      { lines: [headline(changes), ...hints] },
      ...(mode === 'apply'
        ? section(
            'Changed',
            CHANGE_COLUMNS,
            rows.filter(({ applied: isApplied }) => isApplied),
          )
        : section('Would change', CHANGE_COLUMNS, rows)),
      ...leftSection(left),
      ...((applied?.size ?? 0) > 0 ? [{ lines: [undoHint(runId)] }] : []),
    ],
    sandbox,
  };
}

const NUMBER_COLUMNS: Column[] = [
  { key: 'id', label: 'Id', kind: 'id' },
  { key: 'phoneNumber', label: 'Number', kind: 'id' },
];
const CHANGE_COLUMNS: Column[] = [
  ...NUMBER_COLUMNS,
  { key: 'to', label: 'To', kind: 'id' },
  { key: 'why', label: 'Why', kind: 'text' },
];
const ALL_COLUMNS: Column[] = [
  ...NUMBER_COLUMNS,
  { key: 'areaCode', label: 'Area', kind: 'id' },
  { key: 'from', label: 'From', kind: 'id' },
  { key: 'to', label: 'To', kind: 'id' },
  { key: 'businessId', label: 'Business', kind: 'id' },
  { key: 'applied', label: 'Applied', kind: 'text' },
  { key: 'why', label: 'Why', kind: 'text' },
  { key: 'next', label: 'What to do', kind: 'text' },
];

function changeRow(change: PlannedChange, applied: Changes['applied'], reveal: boolean) {
  const { id, phoneNumber, areaCode, status, businessId, businessName, otherNumber } = change.number;
  const keeps =
    otherNumber === null ? '' : `; business ${businessId} keeps its own number ${shown(otherNumber, reveal)}`;
  return {
    id,
    phoneNumber: shown(phoneNumber, reveal),
    areaCode,
    from: status,
    to: change.to,
    businessId,
    businessName,
    why: `${change.reason}${keeps}`,
    applied: applied?.has(id) ?? false,
  };
}

function leftRow({ number, why, message, next }: LeftNumber, reveal: boolean) {
  const { id, phoneNumber, areaCode, status, businessId } = number;
  return { id, phoneNumber: shown(phoneNumber, reveal), areaCode, status, businessId, why, message, next };
}

function shown(phoneNumber: string, reveal: boolean): string | null {
  return reveal ? phoneNumber : mask(phoneNumber, 'phone');
}

function headline({ mode, planned, applied, businesses, left }: Changes): string {
  const rest = left.length === 0 ? '' : ` ${numbers(left.length)} left as ${left.length === 1 ? 'it is' : 'they are'}.`;
  if (mode === 'dry-run') {
    if (planned.length === 0) return `Nothing to change.${rest}`;
    return `${numbers(planned.length)} would change. Nothing was changed: add --apply.${rest}`;
  }
  const cleared =
    businesses === null || businesses === 0
      ? ''
      : `, and ${businesses === 1 ? '1 business lost its number' : `${grouped(businesses)} businesses lost theirs`}`;
  return `${numbers(applied?.size ?? 0)} changed${cleared}.${rest}`;
}

/** Rows that the readable forms show of a list; CSV and JSON have all. */
const MOST = 20;

function section(title: string, columns: Column[], rows: Table['rows']): Section[] {
  if (rows.length === 0) return [];
  return [{ title, table: { columns, rows: rows.slice(0, MOST) } }, ...more(rows)];
}

/** As sentences: a table would cut the commands short. */
function leftSection(left: readonly ReturnType<typeof leftRow>[]): Section[] {
  if (left.length === 0) return [];
  const lines = left
    .slice(0, MOST)
    .flatMap(({ id, phoneNumber, message, next }) => [`${id} (${phoneNumber})`, `  ${message} ${next}`]);
  return [{ title: 'Left as they are', lines }, ...more(left)];
}

function more(all: readonly unknown[]): Section[] {
  const rest = all.length - MOST;
  return rest > 0 ? [{ lines: [`${numbers(rest)} more: --format csv and --format json have all of them.`] }] : [];
}

function numbers(number: number): string {
  return count(number, 'number');
}
