import type { Command } from 'commander';
import * as z from 'zod';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  limit: z.coerce.number().pipe(z.int().min(1).max(1000)).default(20),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'history',
    'Show past runs, or the past results of one check. Needs `smsfood db install`.',
    [
      ['the last runs', 'smsfood check history'],
      ['when did it start to fail?', 'smsfood check history orders.stale-pending'],
    ],
  );
  withOutput(withDatabase(command))
    .argument('[check]', 'id of a check')
    .option('--limit <n>', 'how many to show, newest first (default: 20)')
    .action(
      host.run('check history', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const { historyReport, readHistory } = await import('../checks/history-report.js');
        const database = await context.database();
        const runs = await readHistory(await database.direct(), {
          limits: database.limits,
          signal: context.io.signal,
          check: args[0] ?? null,
          limit: options.limit,
        });
        await emit(context, historyReport(runs, args[0] ?? null, database.sandbox), options);
        return 0;
      }),
    );
}
