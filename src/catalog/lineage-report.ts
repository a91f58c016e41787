import { plain } from '../changed-rows.js';
import type { Cell, ColumnKind, Report, Section, Table } from '../report.js';
import { count } from '../words.js';
import type { Lineage } from './lineage.js';
import type { RowLineage } from './lineage-row.js';

/** `document` is `smsfood.catalog-lineage/1`; `row` is null where none was asked about. */
export function lineageReport(lineage: Lineage, row: RowLineage | null, sandbox: boolean): Report {
  const { place, column, madeOf, makes, writers, readers, checks } = lineage;
  const facts: [string, readonly string[]][] = [
    ['made of', madeOf],
    ['makes', makes],
    ['written by', writers],
    ['read by', readers],
    ['watched by', checks],
  ];
  const rows = facts.flatMap(([relation, names]) => names.map((name) => ({ column: place, relation, name })));
  return {
    name: 'catalog lineage',
    document: {
      schema: 'smsfood.catalog-lineage/1',
      column: { name: place, meaning: column.meaning, rule: column.rule, personal: column.personal },
      madeOf,
      makes,
      writers,
      readers,
      checks,
      row,
    },
    table: {
      columns: [
        { key: 'column', label: 'Column', kind: 'id' },
        { key: 'relation', label: 'Relation', kind: 'text' },
        { key: 'name', label: 'Name', kind: 'text' },
      ],
      rows,
    },
    sections: [
      {
        title: place,
        lines: [
          ...(column.meaning === null ? [] : [column.meaning]),
          ...(column.rule === null ? [] : [`Rule: ${column.rule}`]),
        ],
        table: {
          columns: [
            { key: 'relation', label: '', kind: 'text' },
            { key: 'names', label: 'What', kind: 'text' },
          ],
          rows: facts.map(([relation, names]) => ({ relation, names: names.length === 0 ? null : names.join(', ') })),
        },
      },
      ...(row === null ? [] : rowSections(lineage, row)),
    ],
    sandbox,
  };
}

function rowSections({ place }: Lineage, { id, value, own, sources, unknown, changes }: RowLineage): Section[] {
  const others = Object.entries(own).map(([column, each]) => `${column} is ${plain(each) ?? 'null'}.`);
  return [
    { title: `Row ${id}`, lines: [`${place} is ${plain(value) ?? 'null'}.`, ...others] },
    ...sources.map(
      ({ table, rows, columns, shown }): Section => ({
        title: `${table}: ${count(rows, 'row')}${rows > shown.length ? `, the newest ${shown.length} of them` : ''}`,
        table: {
          columns: columns.map(({ name, type }) => ({ key: name, label: name, kind: kindOf(name, type) })),
          rows: shown.map((each) => Object.fromEntries(columns.map(({ name }) => [name, cell(each[name])]))),
        },
      }),
    ),
    ...(unknown.length === 0
      ? []
      : [{ lines: [`Unknown, as it is not installed or closed to this role: ${unknown.join(', ')}.`] }]),
    changesSection(changes),
  ];
}

function kindOf(name: string, type: string): ColumnKind {
  if (name === 'id') return 'id';
  return type.startsWith('timestamp') ? 'time' : type === 'integer' ? 'integer' : 'text';
}

function cell(value: unknown): Cell {
  return typeof value === 'number' || typeof value === 'boolean' ? value : plain(value);
}

function changesSection(changes: RowLineage['changes']): Section {
  const title = 'Changes by smsfood, newest first';
  if (changes === null)
    return { title, lines: ['Unknown: the ledger is not installed, or this role may not read it.'] };
  if (changes.length === 0) return { title, lines: ['None.'] };
  return {
    title,
    table: {
      columns: [
        { key: 'at', label: 'At', kind: 'time' },
        { key: 'run', label: 'Run', kind: 'id' },
        { key: 'command', label: 'Command', kind: 'text' },
        { key: 'before', label: 'Before', kind: 'text' },
        { key: 'after', label: 'After', kind: 'text' },
        { key: 'why', label: 'Why', kind: 'text' },
      ],
      rows: changes.map(({ at, run, command, reason, before, after, isUndone }) => ({
        at,
        run: run.slice(0, 8),
        command,
        before: plain(before),
        after: plain(after),
        why: isUndone ? `${reason} (undone)` : reason,
      })),
    },
  };
}

/** Every column that is made of others; `document` is `smsfood.catalog-lineages/1`. */
export function lineagesReport(lineages: readonly Lineage[]): Report {
  const table: Table = {
    columns: [
      { key: 'column', label: 'Column', kind: 'id' },
      { key: 'madeOf', label: 'Made of', kind: 'text' },
      { key: 'writers', label: 'Written by', kind: 'text' },
      { key: 'readers', label: 'Read by', kind: 'text' },
      { key: 'checks', label: 'Watched by', kind: 'text' },
    ],
    rows: lineages.map(({ place, madeOf, writers, readers, checks }) => ({
      column: place,
      madeOf: madeOf.join(', '),
      writers: listed(writers),
      readers: listed(readers),
      checks: listed(checks),
    })),
  };
  return {
    name: 'catalog lineage',
    document: {
      schema: 'smsfood.catalog-lineages/1',
      columns: lineages.map(({ place, madeOf, makes, writers, readers, checks }) => ({
        column: place,
        madeOf,
        makes,
        writers,
        readers,
        checks,
      })),
    },
    table,
    sections: [
      {
        lines: [
          'Columns that are made of others. The platform’s own code writes every column of the platform besides.',
        ],
      },
      { table },
    ],
    sandbox: false,
  };
}

const listed = (names: readonly string[]) => (names.length === 0 ? null : names.join(', '));
