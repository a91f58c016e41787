import type { Command } from 'commander';
import * as z from 'zod';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  sample: z.coerce.number().pipe(z.int().min(0).max(1000)).default(5),
  reveal: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'show', 'Show one run: what it was asked, how it ended, which rows it changed.', [
    ['the first characters of its id are enough', 'smsfood runs show 3f2a91c4'],
    ['every change, for a program', 'smsfood runs show 3f2a91c4 --sample 1000 --format json'],
  ]);
  withOutput(withDatabase(command))
    .argument('<run>', 'id of a run, or the beginning of one')
    .option('--sample <n>', 'changed rows of each table to show (default: 5)')
    .option('--reveal', 'show personal data instead of masking it')
    .action(
      host.run('runs show', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const { readRun, runReport } = await import('../runs/show.js');
        const database = await context.database();
        const shown = await readRun(await database.direct(), args[0] ?? '', {
          limits: database.limits,
          signal: context.io.signal,
          samples: options.sample,
          reveal: options.reveal,
        });
        await emit(context, runReport(shown, database.sandbox), options);
        return 0;
      }),
    );
}
