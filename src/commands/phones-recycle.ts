import type { Command } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import type { Recycled } from '../phones/recycle.js';
import { ApplySchema, withApply } from './apply-options.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = ApplySchema.extend({
  ...OutputSchema.shape,
  releaseInactive: z.boolean().default(false),
  reveal: z.boolean().default(false),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'recycle',
    'Make numbers AVAILABLE whose cooldown is over, and on demand release those of businesses that have left. Shows what would change, and changes it with --apply.',
    [
      ['what would change?', 'smsfood phones recycle --release-inactive'],
      ['every night', 'smsfood phones recycle --release-inactive --apply'],
    ],
  );
  withApply(withOutput(withDatabase(command)))
    .option(
      '--release-inactive',
      'also put numbers ASSIGNED to inactive or cancelled businesses into COOLDOWN for 30 days, and take them from the business',
    )
    .option('--reveal', 'show phone numbers instead of masking them')
    .addHelpText(
      'after',
      `
A cooldown is over when cooldownUntil has passed by the database's clock, and
phones.margin of the configuration (default 1h) with it, against clocks that
differ; and never sooner than 30 days after the release.

What the rules do not settle is left and named, with what to do: a cooldown
without an end, a business that does not exist, a number that a business which
has not left counts as its own, a number that changed since the plan was made.

Exit codes: 0 nothing is left to do, 1 something is (in a dry run: changes to
make), 2 wrong usage, 3 not possible.
`,
    )
    .action(
      host.run('phones recycle', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const { config } = await context.loaded();
        const marginMs = config.phones.margin;
        const [{ recycleReport }, recycled] = await Promise.all([
          import('../phones/change-report.js'),
          run(context, options, marginMs),
        ]);
        const [{ sandbox }, { exitCodeOf }] = await Promise.all([context.database(), import('../phones/recycle.js')]);
        const report = recycleReport(recycled, { runId: context.runId, sandbox, reveal: options.reveal, marginMs });
        await emit(context, report, options);
        return exitCodeOf(recycled, 'recycle');
      }),
    );
}

async function run(context: Context, options: Options, marginMs: number): Promise<Recycled> {
  const { recycle } = await import('../phones/recycle.js');
  const { direct, limits } = await context.database();
  const pool = await direct();
  return context.progress((tell) => {
    tell('Looking at the numbers');
    return recycle(pool, {
      runId: context.runId,
      apply: options.apply,
      releaseInactive: options.releaseInactive,
      limit: { maxChanges: options.maxChanges ?? null, force: options.force },
      marginMs,
      limits,
      signal: context.io.signal,
      onProgress: (done, of) => tell(`Changing numbers (${done} of ${of})`),
    });
  });
}
