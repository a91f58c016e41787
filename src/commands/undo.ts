import type { Command } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import type { UndoResult } from '../runs/undo-report.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  apply: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'undo',
    'Restore what a run changed, row by row, where the row still holds the values that the run wrote. Shows what would be restored, and does it with --apply.',
    [
      ['what would it restore?', 'smsfood undo 3f2a91c4'],
      ['restore it', 'smsfood undo 3f2a91c4 --apply'],
    ],
  );
  withOutput(withDatabase(command))
    .argument('<run>', 'id of a run, or the beginning of one (`smsfood runs list`)')
    .option('--apply', 'really restore the rows; without it nothing is changed')
    .addHelpText(
      'after',
      `
Rows that were changed again since, rows that the run created, and rows that are gone are named and left as they are.
Exit codes: 0 every row is (or can be) restored, 1 some stay as they are, 2 unknown or undone run, 3 not possible.
`,
    )
    .action(
      host.run('undo', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ undoExitCode, undoReport }, result] = await Promise.all([
          import('../runs/undo-report.js'),
          undo(context, args[0] ?? '', options.apply),
        ]);
        const { sandbox } = await context.database();
        await emit(context, undoReport(result, sandbox), options);
        return undoExitCode(result);
      }),
    );
}

async function undo(context: Context, start: string, isApplied: boolean): Promise<UndoResult> {
  const [{ applyUndo, planUndo }, { inRun }] = await Promise.all([import('../runs/undo.js'), import('../db/run.js')]);
  const database = await context.database();
  const pool = await database.direct();
  const access = { limits: database.limits, signal: context.io.signal };
  const plan = await planUndo(pool, start, access);
  if (!isApplied) return { undoRun: context.runId, mode: 'dry-run', plan, restored: null, left: plan.left };
  const { run } = plan;
  const { value } = await context.progress((tell) => {
    tell('Restoring rows');
    return inRun(
      pool,
      {
        ...access,
        id: context.runId,
        command: 'undo',
        feature: run.feature ?? run.command,
        arguments: { run: run.id },
        writes: [...plan.restorable.keys()],
      },
      async (writing) => {
        const outcome = await applyUndo(pool, plan, writing, access);
        const { restored, left } = outcome;
        return { value: outcome, exitCode: left.length > 0 ? 1 : 0, summary: { restored, left: left.length } };
      },
    );
  });
  return { undoRun: context.runId, mode: 'apply', plan, ...value };
}
