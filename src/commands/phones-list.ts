import type { Command } from 'commander';
import * as z from 'zod';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  areaCode: z.string().trim().min(1).optional(),
  reveal: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'list',
    'Count the pool by area code and status, with the next number to become free and the months that the available ones last.',
    [
      ['is there enough?', 'smsfood phones list'],
      ['of one area code', 'smsfood phones list --area-code 404'],
    ],
  );
  withOutput(withDatabase(command))
    .option('--area-code <code>', 'only the numbers of this area code')
    .option('--reveal', 'show phone numbers instead of masking them')
    .addHelpText(
      'after',
      `
The rate counts the numbers that were assigned in the last 90 days (assignedAt).
One that was assigned twice in that time counts once, as its row remembers the
last time only. A month is 30 days.
`,
    )
    .action(
      host.run('phones list', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ config }, { readPool }, { poolReport }] = await Promise.all([
          context.loaded(),
          import('../phones/pool.js'),
          import('../phones/pool-report.js'),
        ]);
        const { reading, limits, sandbox } = await context.database();
        const pool = await readPool(await reading(), {
          areaCode: options.areaCode ?? null,
          marginMs: config.phones.margin,
          limits,
          signal: context.io.signal,
        });
        await emit(context, poolReport(pool, options.reveal, sandbox), options);
        return 0;
      }),
    );
}
