import type { Command } from 'commander';
import * as z from 'zod';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  command: z.string().min(1).optional(),
  limit: z.coerce.number().pipe(z.int().min(1).max(1000)).default(20),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'list', 'List past and present runs, newest first. Needs `smsfood db install`.', [
    ['the last runs', 'smsfood runs list'],
    ['what did the nightly reconciliations change?', 'smsfood runs list --command reconcile'],
  ]);
  withOutput(withDatabase(command))
    .option('--command <name>', 'only runs of this command, such as reconcile')
    .option('--limit <n>', 'how many to show (default: 20)')
    .action(
      host.run('runs list', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const { listRuns, runsReport } = await import('../runs/list.js');
        const database = await context.database();
        const rows = await listRuns(await database.direct(), {
          limits: database.limits,
          signal: context.io.signal,
          command: options.command ?? null,
          limit: options.limit,
        });
        await emit(context, runsReport(rows, database.sandbox), options);
        return 0;
      }),
    );
}
