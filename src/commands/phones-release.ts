import type { Command } from 'commander';
import * as z from 'zod';
import { ApplySchema } from './apply-options.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = ApplySchema.omit({ maxChanges: true }).extend({
  ...OutputSchema.shape,
  reveal: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'release',
    'Take one number from its business: it goes into COOLDOWN for 30 days. Shows what would change, and changes it with --apply.',
    [
      ['whose is it, and may it go?', 'smsfood phones release +14045550101'],
      ['release it', 'smsfood phones release 404-555-0101 --apply'],
    ],
  );
  withOutput(withDatabase(command))
    .argument('<number>', 'the number, as +14045550101 or typed by hand, or the id of its row')
    .option('--apply', 'really release it; without it nothing is changed')
    .option('--force', 'also where a business that has not left uses it')
    .option('--reveal', 'show phone numbers instead of masking them')
    .addHelpText(
      'after',
      `
The business that the inventory names loses the number and the provider id that
goes with it; one that has another number as its own keeps that one.

Exit codes: 0 it is (or can be) released, 1 another transaction was quicker,
2 unknown number, or one that is neither ASSIGNED nor RESERVED, or is in use,
3 not possible.
`,
    )
    .action(
      host.run('phones release', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ config }, { release }, { releaseReport }, { exitCodeOf }] = await Promise.all([
          context.loaded(),
          import('../phones/release.js'),
          import('../phones/change-report.js'),
          import('../phones/recycle.js'),
        ]);
        const { direct, limits, sandbox } = await context.database();
        const marginMs = config.phones.margin;
        const released = await release(await direct(), {
          runId: context.runId,
          number: args[0] ?? '',
          apply: options.apply,
          force: options.force,
          marginMs,
          limits,
          signal: context.io.signal,
        });
        const report = releaseReport(released, { runId: context.runId, sandbox, reveal: options.reveal, marginMs });
        await emit(context, report, options);
        return exitCodeOf(released, 'release');
      }),
    );
}
