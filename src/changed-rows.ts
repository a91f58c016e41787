import { maskColumn } from './personal-data.js';
import type { Table } from './report.js';

/** A change of a row of the platform, as the ledger keeps it. */
export interface RowChange {
  table: string;
  row: string;
  /** Null where the row was created. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown>;
}

/** The same without personal data. */
export function maskChange<Change extends RowChange>(change: Change): Change {
  const { table, before, after } = change;
  return { ...change, before: before === null ? null : maskRow(table, before), after: maskRow(table, after) };
}

function maskRow(table: string, values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([column, value]) => [column, maskColumn(table, column, value)]),
  );
}

/** One line for each column that changed. */
export function changeTable(changes: readonly RowChange[]): Table {
  return {
    columns: [
      { key: 'row', label: 'Row', kind: 'id' },
      { key: 'column', label: 'Column', kind: 'text' },
      { key: 'before', label: 'Before', kind: 'text' },
      { key: 'after', label: 'After', kind: 'text' },
    ],
    rows: changes.flatMap(({ row, before, after }) =>
      changedColumns({ before, after }).map(([column, value]) => ({
        row,
        column,
        before: before === null ? '(new row)' : plain(before[column]),
        after: plain(value),
      })),
    ),
  };
}

/** The columns whose value is another than before, with what it is now; all of a new row. */
export function changedColumns({ before, after }: Pick<RowChange, 'before' | 'after'>): [string, unknown][] {
  return Object.entries(after).filter(
    ([column, value]) => before === null || JSON.stringify(before[column]) !== JSON.stringify(value),
  );
}

/** A value of a row on one line. */
export function plain(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
