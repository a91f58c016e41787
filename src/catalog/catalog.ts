import { type Generation, generationOf, type LiveSchema, readLiveSchema } from '../db/catalog.js';
import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionOptions } from '../db/session.js';
import { classify, type PersonalKind } from '../personal-data.js';
import { type KnownColumn, type KnownTable, readKnownSchema } from './known-schema.js';
import { type ColumnStatistics, readForeignKeys, readKeys, readStatistics } from './live.js';

export interface CatalogColumn extends KnownColumn {
  personal: PersonalKind | 'plain' | 'unknown';
  /** From the planner's statistics; null where there are none, or this role may not see them. Percent, and a number of values. */
  nullPercent: number | null;
  distinct: number | null;
}

export interface CatalogTable {
  /** With the schema where it is not the platform's own: `ops.runs`. */
  name: string;
  meaning: string | null;
  /** Null for a table that smsfood does not know. */
  owner: string | null;
  /** The planner's estimate; null without a database, and where the table was never analysed. */
  rows: number | null;
  columns: CatalogColumn[];
}

export interface Catalog {
  /** What the columns and their types come from. */
  source: 'database' | 'schema.prisma';
  generation: Generation | 'none' | 'both';
  tables: CatalogTable[];
  /** What is missing, for a person. */
  notes: string[];
  /** Tables of the platform without statistics, or with none that this role may see. */
  withoutStatistics: string[];
}

/** The tables as smsfood knows them, of both generations, without a database. */
export function knownCatalog(): Catalog {
  const tables = readKnownSchema().map((table) => ({
    ...table,
    rows: null,
    columns: table.columns.map((column) => described(table.name, column)),
  }));
  return { source: 'schema.prisma', generation: 'both', tables, notes: [], withoutStatistics: [] };
}

/** The tables as they are in a database, with what smsfood knows of them. */
export async function readCatalog(pool: Pool, options: Omit<SessionOptions, 'mode'>): Promise<Catalog> {
  return inSession(pool, { ...options, mode: 'read' }, (session) => readIn(session, pool.url.schema)).catch(
    couldNot('read the catalog', options.signal),
  );
}

async function readIn(session: Session, schema: string): Promise<Catalog> {
  const platform = await readLiveSchema(session, schema);
  const own = await readLiveSchema(session, 'ops');
  const statistics = await readStatistics(session, schema);
  const foreignKeys = await readForeignKeys(session, schema);
  const keys = await readKeys(session, schema);
  const known = new Map(readKnownSchema().map((table) => [table.name, table]));
  const live = [...named(platform, ''), ...named(own, 'ops.')];
  const tables = live.map(({ name, table }) => {
    const described = known.get(name);
    return {
      name,
      meaning: described?.meaning ?? null,
      owner: described?.owner ?? null,
      rows: table.estimatedRows === 0 ? null : table.estimatedRows,
      columns: [...table.columns.values()].map(({ name: column, type, nullable }) => {
        const place = `${name}.${column}`;
        const base = described?.columns.find((each) => each.name === column) ?? unknownColumn(column);
        const target = foreignKeys.get(place);
        return {
          ...liveColumn(name, base, statistics.get(place), table.estimatedRows),
          type,
          nullable,
          references: target ?? base.references,
          hasForeignKey: target !== undefined,
          key: keys.get(place) ?? null,
        };
      }),
    };
  });
  return {
    source: 'database',
    generation: generationOf(platform),
    tables: inOrder(tables, [...known.keys()]),
    notes: notesOf(platform, own, [...known.values()]),
    withoutStatistics: tables
      .filter(({ name, columns }) => !name.startsWith('ops.') && columns.every(({ distinct }) => distinct === null))
      .map(({ name }) => name),
  };
}

function named(schema: LiveSchema, prefix: string) {
  return [...schema.values()].map((table) => ({ name: `${prefix}${table.name}`, table }));
}

/** In the order of schema.prisma; what it does not know comes last, by name. */
function inOrder(tables: readonly CatalogTable[], order: readonly string[]): CatalogTable[] {
  const place = ({ name }: CatalogTable) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...tables].sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
}

function notesOf(platform: LiveSchema, own: LiveSchema, known: readonly KnownTable[]): string[] {
  const missing = known.map(({ name }) => name).filter((name) => !name.startsWith('ops.') && !platform.has(name));
  return [
    ...(missing.length === 0 ? [] : [`Not in this database: ${missing.join(', ')}.`]),
    ...(own.size > 0
      ? []
      : ['The schema ops is not installed in this database: its tables are left out. --offline describes them.']),
  ];
}

function unknownColumn(name: string): KnownColumn {
  const nothing = { meaning: null, rule: null, from: [], references: null, hasForeignKey: false, key: null };
  return { name, type: '', nullable: true, isNewer: false, ...nothing };
}

function described(table: string, column: KnownColumn): CatalogColumn {
  return { ...column, personal: classify(table, column.name), nullPercent: null, distinct: null };
}

function liveColumn(
  table: string,
  column: KnownColumn,
  statistics: ColumnStatistics | undefined,
  rows: number,
): CatalogColumn {
  if (statistics === undefined) return described(table, column);
  const { nullShare, distinct } = statistics;
  return {
    ...described(table, column),
    nullPercent: Math.round(nullShare * 10_000) / 100,
    // PostgreSQL gives a number of values, or as a negative number their share of the rows.
    distinct: distinct >= 0 ? distinct : Math.round(-distinct * rows),
  };
}
