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
      unwatched(
        'Columns with a rule that no check watches',
        byColumn.filter(({ rule, checks }) => rule !== null && checks.length === 0),
      ),
      unwatchedRelations(byRelation),
      unwatchedOthers(coverage),
      watched(byColumn),
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

function unwatched(title: string, columns: Coverage['byColumn']): Section {
  return {
    title,
    table: {
      columns: [
        { key: 'place', label: 'Column', kind: 'id' },
        { key: 'rule', label: 'Rule', kind: 'text' },
      ],
      rows: columns.map(({ table, column, rule }) => ({ place: `${table}.${column}`, rule })),
    },
  };
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
        .filter(({ checks }) => checks.length === 0)
        .map(({ from, to, hasForeignKey }) => ({ from, to, kept: hasForeignKey ? 'a foreign key' : 'nothing' })),
    },
  };
}

/** Without a rule: one line a table. */
function unwatchedOthers({ tables, byColumn }: Coverage): Section {
  const names = (wanted: string) =>
    byColumn
      .filter(({ table, rule, checks }) => table === wanted && rule === null && checks.length === 0)
      .map(({ column }) => column);
  return {
    title: 'Other columns that no check watches',
    table: {
      columns: [
        { key: 'table', label: 'Table', kind: 'id' },
        { key: 'columns', label: 'Columns', kind: 'text' },
      ],
      rows: tables
        .map(({ table }) => ({ table, columns: names(table).join(', ') }))
        .filter(({ columns }) => columns !== ''),
    },
  };
}

function watched(columns: Coverage['byColumn']): Section {
  return {
    title: 'Columns with a rule, and what watches them',
    table: {
      columns: [
        { key: 'place', label: 'Column', kind: 'id' },
        { key: 'checks', label: 'Watched by', kind: 'text' },
      ],
      rows: columns
        .filter(({ rule, checks }) => rule !== null && checks.length > 0)
        .map(({ table, column, checks }) => ({ place: `${table}.${column}`, checks: checks.join(', ') })),
    },
  };
}
