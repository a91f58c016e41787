import type { Report, Table } from '../report.js';
import { count, grouped } from '../words.js';
import { howItEnded } from './status.js';
import type { LeftRow, UndoPlan } from './undo.js';

export interface UndoResult {
  undoRun: string;
  mode: 'dry-run' | 'apply';
  plan: UndoPlan;
  /** Null in a dry run. */
  restored: number | null;
  left: readonly LeftRow[];
}

/** 1 where rows keep the values that the run gave them. */
export const undoExitCode = ({ left }: Pick<UndoResult, 'left'>): number => (left.length > 0 ? 1 : 0);

/** How many left rows the readable formats name. */
const SHOWN = 20;

/** `document` is `smsfood.undo/1`. */
export function undoReport(result: UndoResult, sandbox: boolean): Report {
  const { plan, mode, restored, left } = result;
  const tables = [...plan.restorable].map(([table, { ids }]) => ({ table, rows: ids.length }));
  const restorable = tables.reduce((sum, { rows }) => sum + rows, 0);
  const table: Table = {
    columns: [
      { key: 'table', label: 'Table', kind: 'text' },
      { key: 'row', label: 'Row', kind: 'id' },
      { key: 'reason', label: 'Left because', kind: 'text' },
    ],
    rows: left.map((row) => ({ ...row })),
  };
  const from = tables.map((each) => `${count(each.rows, 'row')} of ${each.table}`).join(', ');
  const ending = howItEnded(plan.run, { hasChanges: true });
  const lines = [
    `Run ${plan.run.id} (${plan.run.command}).${ending === null ? '' : ` ${ending}`}`,
    mode === 'dry-run'
      ? `Would restore ${restorable === 0 ? 'nothing' : from}.`
      : `Restored ${count(restored ?? 0, 'row')}. This is run ${result.undoRun}, which can be undone too.`,
    ...(plan.undone > 0 ? [`${count(plan.undone, 'row')} restored already by an earlier undo.`] : []),
    ...(left.length > 0 ? [`Left as they are: ${count(left.length, 'row')}.`] : []),
  ];
  return {
    name: 'undo',
    document: {
      schema: 'smsfood.undo/1',
      run: plan.run.id,
      command: plan.run.command,
      status: plan.run.status,
      undoRun: mode === 'apply' ? result.undoRun : null,
      mode,
      restorable,
      restored: restored ?? 0,
      alreadyUndone: plan.undone,
      left,
      exitCode: undoExitCode(result),
    },
    table,
    sections: [
      { lines },
      ...(left.length === 0 ? [] : [{ table: { ...table, rows: table.rows.slice(0, SHOWN) } }]),
      ...(left.length > SHOWN ? [{ lines: [`… and ${grouped(left.length - SHOWN)} more.`] }] : []),
      ...(mode === 'dry-run' && restorable > 0
        ? [{ lines: ['Nothing was changed. Add --apply to restore them.'] }]
        : []),
    ],
    sandbox,
  };
}
