import * as z from 'zod';
import { JSON_SHAPES } from '../json-shapes.js';
import type { Column, Report, Section } from '../report.js';
import { grouped } from '../words.js';
import type { Catalog, CatalogColumn, CatalogTable } from './catalog.js';
import type { WatchingCheck } from './coverage.js';
import { readersOf } from './readers.js';
import { writersOf } from './writers.js';

/** What is known of each column; `document` is `smsfood.catalog-dictionary/1`. What is not known is null there. */
export function dictionaryReport(
  { source, generation, notes, withoutStatistics }: Catalog,
  tables: readonly CatalogTable[],
  { checks, sandbox }: { checks: readonly WatchingCheck[]; sandbox: boolean },
): Report {
  const isLive = source === 'database';
  const entries = tables.map((table) => ({
    table,
    columns: table.columns.map((column) => entryOf(table, column, checks)),
  }));
  const shown = COLUMNS.filter(({ key }) => isLive || !STATISTICS.includes(key));
  return {
    name: 'catalog dictionary',
    document: {
      schema: 'smsfood.catalog-dictionary/1',
      source,
      generation,
      tables: entries.map(({ table: { name, meaning, owner, rows }, columns }) => ({
        name,
        meaning,
        owner,
        rows,
        columns,
      })),
      notes,
      withoutStatistics,
    },
    table: {
      columns: [
        { key: 'table', label: 'Table', kind: 'id' },
        ...COLUMNS,
        { key: 'owner', label: 'Owner', kind: 'text' },
      ],
      rows: entries.flatMap(({ table, columns }) =>
        columns.map((entry) => ({ table: table.name, owner: table.owner, ...rowOf(entry) })),
      ),
    },
    sections: [
      { lines: [sourceInWords(source, generation), ...notes, ...silentInWords(withoutStatistics)] },
      ...entries.flatMap(({ table, columns }): Section[] => [
        {
          title: table.name,
          lines: [table.meaning ?? 'smsfood does not know this table.', ownerInWords(table, isLive)],
          table: { columns: shown, rows: columns.map((entry) => readable(rowOf(entry))) },
        },
        ...columns.flatMap(({ name, shape }) =>
          shape === null
            ? []
            : [{ title: `${table.name}.${name}`, code: { language: 'json', text: JSON.stringify(shape, null, 2) } }],
        ),
      ]),
    ],
    sandbox,
  };
}

interface Entry extends Omit<CatalogColumn, 'isNewer'> {
  newerGeneration: boolean;
  checks: string[];
  writers: string[];
  readers: string[];
  /** A JSON Schema, of a JSON column of the platform. */
  shape: unknown;
}

function entryOf({ name: table }: CatalogTable, column: CatalogColumn, checks: readonly WatchingCheck[]): Entry {
  const { isNewer, ...facts } = column;
  const place = `${table}.${column.name}`;
  const shape = JSON_SHAPES[place];
  return {
    ...facts,
    newerGeneration: isNewer,
    checks: checks.filter(({ columns }) => columns.has(place)).map(({ id }) => id),
    writers: writersOf(table, column.name),
    readers: readersOf(table, column.name),
    shape: shape === undefined ? null : z.toJSONSchema(shape),
  };
}

const STATISTICS: readonly string[] = ['nullPercent', 'distinct'];

const COLUMNS: Column[] = [
  { key: 'column', label: 'Column', kind: 'id' },
  { key: 'type', label: 'Type', kind: 'text' },
  { key: 'nullPercent', label: 'Null', kind: 'percent' },
  { key: 'distinct', label: 'Distinct', kind: 'integer' },
  { key: 'personal', label: 'Personal', kind: 'text' },
  { key: 'meaning', label: 'Meaning', kind: 'text' },
  { key: 'checks', label: 'Watched by', kind: 'text' },
  { key: 'writers', label: 'Written by', kind: 'text' },
];

function rowOf(entry: Entry) {
  const { name, type, nullable, nullPercent, distinct, personal, checks, writers } = entry;
  return {
    column: name,
    type: `${type}${nullable ? '' : ' not null'}`,
    nullPercent,
    distinct,
    personal: personal === 'plain' ? null : personal,
    meaning: meaningOf(entry),
    checks: checks.length === 0 ? null : checks.join(', '),
    writers: writers.length === 0 ? null : writers.join(', '),
  };
}

function meaningOf({ meaning, rule, from, references, hasForeignKey, newerGeneration }: Entry): string | null {
  const sentences = [
    ...(meaning === null ? [] : [meaning]),
    ...(rule === null ? [] : [`Rule: ${rule}`]),
    ...(from.length === 0 ? [] : [`Made of ${from.join(', ')}.`]),
    ...(references === null ? [] : [`Names a row of ${references}${hasForeignKey ? '' : ', without a foreign key'}.`]),
    ...(newerGeneration ? ['Newer generation only.'] : []),
  ];
  return sentences.length === 0 ? null : sentences.join(' ');
}

/** Where the statistics say nothing, a reader sees that. */
function readable(row: ReturnType<typeof rowOf>) {
  return { ...row, nullPercent: row.nullPercent ?? 'unknown', distinct: row.distinct ?? 'unknown' };
}

function ownerInWords({ owner, rows }: CatalogTable, isLive: boolean): string {
  const size = isLive
    ? ` Rows: ${rows === null ? 'unknown (never analysed, or empty)' : `about ${grouped(rows)}`}.`
    : '';
  return `Owner: ${owner ?? 'unknown'}.${size}`;
}

function silentInWords(tables: readonly string[]): string[] {
  if (tables.length === 0) return [];
  return [
    `Null shares and distinct values are unknown for ${tables.join(', ')}: there are statistics after ANALYZE, for a role that may read the table.`,
  ];
}

function sourceInWords(source: Catalog['source'], generation: Catalog['generation']): string {
  if (source === 'schema.prisma') return 'Both generations of the platform, and the schema ops, as smsfood knows them.';
  const which = {
    production: 'the production generation of the platform',
    newer: 'the newer generation of the platform',
    both: 'both generations of the platform',
    none: 'no platform that smsfood knows',
  }[generation];
  return `As it is in this database: ${which}. Null shares and distinct values are the planner's estimates.`;
}
