import type { Cell, Column, Section } from './report.js';

/** What every change of the ledger has, whatever it changed. */
interface LoggedChange {
  /** ISO 8601. */
  at: string;
  run: string;
  reason: string;
  isUndone: boolean;
}

/** Changes of the ledger for a person: when, by which run, what (`columns` and `cells`), and why. Null is unknown. */
export function ledgerSection<Change extends LoggedChange>(
  title: string,
  changes: readonly Change[] | null,
  columns: readonly Column[],
  cells: (change: Change) => Readonly<Record<string, Cell>>,
): Section {
  if (changes === null)
    return { title, lines: ['Unknown: the ledger is not installed, or this role may not read it.'] };
  if (changes.length === 0) return { title, lines: ['None.'] };
  return {
    title,
    table: {
      columns: [
        { key: 'at', label: 'At', kind: 'time' },
        { key: 'run', label: 'Run', kind: 'id' },
        ...columns,
        { key: 'why', label: 'Why', kind: 'text' },
      ],
      rows: changes.map((change) => ({
        at: change.at,
        run: change.run.slice(0, 8),
        ...cells(change),
        why: change.isUndone ? `${change.reason} (undone)` : change.reason,
      })),
    },
  };
}
