import { mask } from '../personal-data.js';
import type { Column, FindingStatus, Report, Section, Table } from '../report.js';
import { count } from '../words.js';
import type { NumberHistory, NumberRow, Period } from './audit.js';

/** A rule of the phones checks, as it stands for one number. */
export interface Rule {
  id: string;
  title: string;
  /** `warn` and `fail`: violated. `error` and `skipped`: not judged, for `reason`. */
  verdict: FindingStatus;
  remedy: string | null;
  reason: string | null;
}

export interface AuditOptions {
  /** The database's clock. */
  now: string;
  reveal: boolean;
  sandbox: boolean;
  exitCode: number;
}

/** One number: who had it when, what smsfood did to it, and every rule. `document` is `smsfood.phones-audit/1`. */
export function numberReport(history: NumberHistory, rules: readonly Rule[], options: AuditOptions): Report {
  const { number, ledger, changes } = history;
  const row = numberRow(number, options.reveal);
  const entries = changes.map(({ at, run, command, from, to, reason, isUndone }) => {
    return { at, run, command, from, to, reason, isUndone };
  });
  return {
    name: 'phones audit',
    document: {
      schema: 'smsfood.phones-audit/1',
      asOf: options.now,
      number: row,
      periods: history.periods,
      ledger,
      changes: entries,
      rules,
      exitCode: options.exitCode,
    },
    table: {
      columns: FLAT_COLUMNS,
      rows: [
        ...history.periods.map((period) => ({ kind: 'period', ...period, what: null })),
        ...entries.map(({ at, reason, run }) => ({ kind: 'change', from: at, what: reason, source: run })),
        ...rules.map((rule) => ({ kind: 'rule', what: rule.id, source: rule.verdict })),
      ],
    },
    sections: [
      { title: `${row.phoneNumber} (${number.id})`, lines: [stateOf(number)] },
      { title: 'Who had it', table: { columns: PERIOD_COLUMNS, rows: history.periods.map(periodRow) } },
      { lines: [LEDGER_NOTES[ledger]] },
      ...(entries.length === 0
        ? []
        : [{ title: 'Changes by smsfood', table: { columns: CHANGE_COLUMNS, rows: entries.map(changeRow) } }]),
      { title: 'Rules', table: rulesTable(rules) },
      ...remedies(rules),
    ],
    sandbox: options.sandbox,
  };
}

/** Every number that violates a rule; `document` is `smsfood.phones-audit/1` with `numbers`. */
export function poolAuditReport(
  numbers: readonly NumberRow[],
  violated: ReadonlyMap<string, readonly string[]>,
  rules: readonly Rule[],
  options: AuditOptions,
): Report {
  const rows = numbers.map((number) => ({
    ...numberRow(number, options.reveal),
    violated: [...(violated.get(number.id) ?? [])],
  }));
  const table: Table = {
    columns: NUMBER_COLUMNS,
    rows: rows.map((row) => ({ ...row, violated: row.violated.map((id) => id.replace(/^phones\./, '')).join(', ') })),
  };
  const unjudged = rules.filter(({ reason }) => reason !== null);
  const headline =
    rows.length === 0
      ? 'No number violates a rule.'
      : `${count(rows.length, 'number')} ${rows.length === 1 ? 'violates' : 'violate'} a rule. Look closer with \`smsfood phones audit ID\`.`;
  return {
    name: 'phones audit',
    document: {
      schema: 'smsfood.phones-audit/1',
      asOf: options.now,
      numbers: rows,
      rules,
      exitCode: options.exitCode,
    },
    table,
    sections: [
      { lines: [headline, ...unjudged.map(({ id, reason }) => `${id} was not judged: ${reason}.`)] },
      ...(rows.length === 0
        ? []
        : [{ table: { ...table, columns: NUMBER_COLUMNS.filter(({ key }) => key !== 'currentBusinessId') } }]),
    ],
    sandbox: options.sandbox,
  };
}

const LEDGER_NOTES: Readonly<Record<NumberHistory['ledger'], string>> = {
  read: 'The row remembers its last assignment and its last release; earlier ones are known where smsfood released.',
  absent:
    'The row remembers its last assignment and its last release. There is no ledger: the schema ops is not installed.',
  closed: 'The row remembers its last assignment and its last release. This role may not read the ledger.',
};

const PERIOD_COLUMNS: Column[] = [
  { key: 'businessId', label: 'Business', kind: 'id' },
  { key: 'businessName', label: 'Name', kind: 'text' },
  { key: 'from', label: 'From', kind: 'time' },
  { key: 'until', label: 'Until', kind: 'time' },
  { key: 'source', label: 'By', kind: 'id' },
];
const CHANGE_COLUMNS: Column[] = [
  { key: 'at', label: 'At', kind: 'time' },
  { key: 'to', label: 'To', kind: 'id' },
  { key: 'reason', label: 'Why', kind: 'text' },
  { key: 'run', label: 'Run', kind: 'id' },
];
const NUMBER_COLUMNS: Column[] = [
  { key: 'id', label: 'Id', kind: 'id' },
  { key: 'phoneNumber', label: 'Number', kind: 'id' },
  { key: 'status', label: 'Status', kind: 'id' },
  { key: 'currentBusinessId', label: 'Business', kind: 'id' },
  { key: 'violated', label: 'Violated', kind: 'text' },
];
const FLAT_COLUMNS: Column[] = [
  { key: 'kind', label: 'Kind', kind: 'id' },
  { key: 'from', label: 'From', kind: 'time' },
  { key: 'until', label: 'Until', kind: 'time' },
  { key: 'businessId', label: 'Business', kind: 'id' },
  { key: 'businessName', label: 'Name', kind: 'text' },
  { key: 'what', label: 'What', kind: 'text' },
  { key: 'source', label: 'Source', kind: 'id' },
];

function numberRow({ currentName, previousName: _, ...number }: NumberRow, reveal: boolean) {
  const phoneNumber = reveal ? number.phoneNumber : mask(number.phoneNumber, 'phone');
  return { ...number, phoneNumber, currentBusinessName: currentName };
}

function periodRow({ businessId, businessName, from, until, isCurrent, source }: Period): Table['rows'][number] {
  return {
    businessId: businessId ?? 'unknown',
    businessName,
    from: from ?? 'unknown',
    until: isCurrent ? 'now' : (until ?? 'unknown'),
    source,
  };
}

function changeRow(entry: { at: string; to: string | null; reason: string; run: string; isUndone: boolean }) {
  return {
    at: entry.at,
    to: entry.to,
    reason: entry.isUndone ? `${entry.reason} (undone)` : entry.reason,
    run: entry.run,
  };
}

function rulesTable(rules: readonly Rule[]): Table {
  return {
    columns: [
      { key: 'verdict', label: 'Verdict', kind: 'status' },
      { key: 'id', label: 'Rule', kind: 'id' },
      { key: 'title', label: 'Numbers that it catches', kind: 'text' },
    ],
    rows: rules.map(ruleRow),
  };
}

function ruleRow(rule: Rule): Table['rows'][number] {
  return {
    verdict: rule.verdict,
    id: rule.id,
    title: rule.reason === null ? rule.title : `not judged: ${rule.reason}`,
  };
}

function remedies(rules: readonly Rule[]): Section[] {
  const lines = rules.flatMap(({ id, verdict, remedy }) =>
    (verdict === 'fail' || verdict === 'warn') && remedy !== null ? [`${id}: ${remedy}`] : [],
  );
  return lines.length === 0 ? [] : [{ title: 'What to do', lines }];
}

function stateOf({ status, areaCode, purchasedAt, cooldownUntil, currentBusinessId, currentName }: NumberRow): string {
  const whose =
    currentBusinessId === null ? '' : `, with business ${currentBusinessId} (${currentName ?? 'which does not exist'})`;
  const cools = cooldownUntil === null ? '' : `, cools down until ${cooldownUntil}`;
  return `${status}${whose}${cools}; area code ${areaCode}, bought ${purchasedAt}.`;
}
