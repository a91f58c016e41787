import type { CatalogColumn, CatalogTable } from './catalog.js';
import type { WatchingCheck } from './coverage.js';
import { findColumn } from './find.js';
import { readersOf } from './readers.js';
import { writersOf } from './writers.js';

/** Where a column comes from and what depends on it. Columns are `table.column`. */
export interface Lineage {
  table: CatalogTable;
  column: CatalogColumn;
  place: string;
  /** The columns that its values are made of. */
  madeOf: string[];
  /** The columns that are made of it. */
  makes: string[];
  /** Commands of smsfood; the platform's own code writes every column of the platform besides. */
  writers: string[];
  readers: string[];
  checks: string[];
}

/** Throws USAGE and NOT_FOUND where there is no such column. */
export function lineageOf(tables: readonly CatalogTable[], checks: readonly WatchingCheck[], wanted: string): Lineage {
  return describe(tables, checks, findColumn(tables, wanted));
}

/** Of every column that is made of others. */
export function derivedColumns(tables: readonly CatalogTable[], checks: readonly WatchingCheck[]): Lineage[] {
  return tables.flatMap((table) =>
    table.columns.filter(({ from }) => from.length > 0).map((column) => describe(tables, checks, { table, column })),
  );
}

function describe(
  tables: readonly CatalogTable[],
  checks: readonly WatchingCheck[],
  { table, column }: { table: CatalogTable; column: CatalogColumn },
): Lineage {
  const place = `${table.name}.${column.name}`;
  return {
    table,
    column,
    place,
    madeOf: column.from,
    makes: tables.flatMap(({ name, columns }) =>
      columns.filter(({ from }) => from.includes(place)).map((each) => `${name}.${each.name}`),
    ),
    writers: writersOf(table.name, column.name),
    readers: readersOf(table.name, column.name),
    checks: checks.filter(({ columns }) => columns.has(place)).map(({ id }) => id),
  };
}
