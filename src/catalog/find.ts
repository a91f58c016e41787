import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import type { CatalogColumn, CatalogTable } from './catalog.js';

/** The tables of these names, all where none is given. Throws NOT_FOUND with the nearest name. */
export function findTables(tables: readonly CatalogTable[], names: readonly string[]): CatalogTable[] {
  for (const name of names) findTable(tables, name);
  return tables.filter(({ name }) => names.length === 0 || names.includes(name));
}

function findTable(tables: readonly CatalogTable[], name: string): CatalogTable {
  const found = tables.find((table) => table.name === name);
  if (found !== undefined) return found;
  const names = tables.map((table) => table.name);
  throw new SmsfoodError('NOT_FOUND', `There is no table "${name}" in the catalog.`, suggestion(name, names));
}

/** The column of `table.column`. Throws USAGE for another form, NOT_FOUND with the nearest name. */
export function findColumn(
  tables: readonly CatalogTable[],
  place: string,
): { table: CatalogTable; column: CatalogColumn } {
  const dot = place.lastIndexOf('.');
  if (dot < 1 || dot === place.length - 1) {
    throw new SmsfoodError(
      'USAGE',
      `"${place}" is not of the form table.column.`,
      'For example customers.totalSpent, or ops.daily_order_stats.gmv_cents.',
    );
  }
  const table = findTable(tables, place.slice(0, dot));
  const name = place.slice(dot + 1);
  const column = table.columns.find((each) => each.name === name);
  if (column !== undefined) return { table, column };
  const names = table.columns.map((each) => each.name);
  throw new SmsfoodError('NOT_FOUND', `The table ${table.name} has no column "${name}".`, suggestion(name, names));
}
