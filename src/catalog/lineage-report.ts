import { plain } from '../changed-rows.js';
import { ledgerSection } from '../ledger-section.js';
import type { Cell, Column, ColumnKind, Report, Section, Table } from '../report.js';
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
    ledgerSection('Changes by smsfood, newest first', changes, CHANGES, ({ command, before, after }) => ({
      command,
      before: plain(before),
      after: plain(after),
    })),
  ];
}

function kindOf(name: string, type: string): ColumnKind {
  if (name === 'id') return 'id';
  return type.startsWith('timestamp') ? 'time' : type === 'integer' ? 'integer' : 'text';
}

function cell(value: unknown): Cell {
  return typeof value === 'number' || typeof value === 'boolean' ? value : plain(value);
}

const CHANGES: readonly Column[] = [
  { key: 'command', label: 'Command', kind: 'text' },
  { key: 'before', label: 'Before', kind: 'text' },
  { key: 'after', label: 'After', kind: 'text' },
];

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
          "Columns that are made of others. The platform's own code writes every column of the platform besides.",
        ],
      },
      { table },
    ],
    sandbox: false,
  };
}

const listed = (names: readonly string[]) => (names.length === 0 ? null : names.join(', '));
