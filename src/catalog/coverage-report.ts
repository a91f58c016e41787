import type { Column, Report, Section } from '../report.js';
import { type Coverage, isBelow, type Share } from './coverage.js';

export interface CoverageView {
  /** Percent of the columns with a rule that have to be watched; null for no judgement. */
  min: number | null;
  checks: number;
  /** Checks that the configuration has switched off: they watch nothing. */
  switchedOff: readonly string[];
}

/** `document` is `smsfood.catalog-coverage/1`. */
export function coverageReport(coverage: Coverage, view: CoverageView): Report {
  const { rules, columns, relations, tables, byColumn, byRelation } = coverage;
  const ruled = byColumn.filter(({ rule }) => rule !== null);
  const exitCode = coverageExitCode(coverage, view.min);
  const rows = byColumn.map(({ table, column, rule, checks }) => ({
    table,
    column,
    watched: checks.length > 0,
    rule,
    checks: checks.join(' '),
  }));
  return {
    name: 'catalog coverage',
    document: {
      schema: 'smsfood.catalog-coverage/1',
      checks: view.checks,
      switchedOff: view.switchedOff,
      rules,
      columns,
      relations,
      tables,
      byColumn,
      byRelation,
      min: view.min,
      exitCode,
    },
    table: { columns: COLUMNS, rows },
    sections: [
      { lines: summary(coverage, view) },
      byTable(tables),
      list('Columns with a rule that no check watches', 'Column', 'Rule', ruled.filter(isUnwatched).map(withRule)),
      unwatchedRelations(byRelation),
      list('Other columns that no check watches', 'Table', 'Columns', unwatchedOthers(coverage)),
      list(
        'Columns with a rule, and what watches them',
        'Column',
        'Watched by',
        ruled.filter((each) => !isUnwatched(each)).map(withChecks),
      ),
    ],
    sandbox: false,
  };
}

/** 1 where fewer columns with a rule are watched than asked for. */
export function coverageExitCode({ rules }: Coverage, min: number | null): 0 | 1 {
  return min !== null && isBelow(rules, min) ? 1 : 0;
}

const COLUMNS: Column[] = [
  { key: 'table', label: 'Table', kind: 'id' },
  { key: 'column', label: 'Column', kind: 'id' },
  { key: 'watched', label: 'Watched', kind: 'text' },
  { key: 'rule', label: 'Rule', kind: 'text' },
  { key: 'checks', label: 'Checks', kind: 'text' },
];

function summary({ rules, columns, relations }: Coverage, { min, checks, switchedOff }: CoverageView): string[] {
  const verdict = min === null ? '' : isBelow(rules, min) ? `, less than the ${min}% asked for` : `, at least ${min}%`;
  return [
    `${checks} checks watch ${inWords(rules)} of the columns with a business rule${verdict}.`,
    `Of all columns they watch ${inWords(columns)}, of the relations ${inWords(relations)}.`,
    'A column is watched where the verdict of a check depends on it, by its SQL; a relation where a check of integrity depends on both ends.',
    ...(switchedOff.length === 0 ? [] : [`Switched off, and so watching nothing: ${switchedOff.join(', ')}.`]),
  ];
}

function inWords({ watched, all, percent }: Share): string {
  return percent === null ? '-' : `${watched} of ${all} (${percent}%)`;
}

function byTable(tables: Coverage['tables']): Section {
  return {
    title: 'By table',
    table: {
      columns: [
        { key: 'table', label: 'Table', kind: 'id' },
        { key: 'rules', label: 'Columns with a rule', kind: 'text' },
        { key: 'columns', label: 'All columns', kind: 'text' },
      ],
      rows: tables.map(({ table, rules, columns }) => ({ table, rules: inWords(rules), columns: inWords(columns) })),
    },
  };
}

type Entry = readonly [name: string, text: string | null];

/** Names, and one thing more of each. */
function list(title: string, name: string, text: string, entries: readonly Entry[]): Section {
  return {
    title,
    table: {
      columns: [
        { key: 'name', label: name, kind: 'id' },
        { key: 'text', label: text, kind: 'text' },
      ],
      rows: entries.map(([first, second]) => ({ name: first, text: second })),
    },
  };
}

type CoveredColumn = Coverage['byColumn'][number];

function isUnwatched({ checks }: { checks: readonly string[] }): boolean {
  return checks.length === 0;
}

function withRule({ table, column, rule }: CoveredColumn): Entry {
  return [`${table}.${column}`, rule];
}

function withChecks({ table, column, checks }: CoveredColumn): Entry {
  return [`${table}.${column}`, checks.join(', ')];
}

function unwatchedRelations(relations: Coverage['byRelation']): Section {
  return {
    title: 'Relations that no check watches',
    table: {
      columns: [
        { key: 'from', label: 'From', kind: 'id' },
        { key: 'to', label: 'To', kind: 'id' },
        { key: 'kept', label: 'Kept by', kind: 'text' },
      ],
      rows: relations
        .filter(isUnwatched)
        .map(({ from, to, hasForeignKey }) => ({ from, to, kept: hasForeignKey ? 'a foreign key' : 'nothing' })),
    },
  };
}

/** Without a rule: one line a table. */
function unwatchedOthers({ tables, byColumn }: Coverage): Entry[] {
  const others = byColumn.filter((each) => each.rule === null && isUnwatched(each));
  return tables.flatMap(({ table }): Entry[] => {
    const names = others.filter((each) => each.table === table).map(({ column }) => column);
    return names.length === 0 ? [] : [[table, names.join(', ')]];
  });
}
