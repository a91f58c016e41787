import type { Command } from 'commander';
import * as z from 'zod';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  reveal: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'show',
    'Show one event: where it stands, its attempts, what it changed, what was sent, and what a replay would do.',
    [
      ['by the id that `webhooks list` shows', 'smsfood webhooks show 4711'],
      ["by the provider's id, or the beginning of it", 'smsfood webhooks show evt_1QxT7'],
      ['with names, numbers and texts', 'smsfood webhooks show 4711 --reveal'],
    ],
  );
  withOutput(withDatabase(command))
    .argument(
      '<event>',
      'id of an event, its key at the provider, or the beginning of that; twilio:KEY where sources share it',
    )
    .option('--reveal', 'show personal data instead of masking it')
    .addHelpText(
      'after',
      `
What a replay would do is found by doing it, in a transaction that is rolled back. That needs a role that may write; with
another one it is said to be unknown.
Exit codes: 0 shown, 2 unknown event, 3 not possible.
`,
    )
    .action(
      host.run('webhooks show', async (context, args, raw) => {
        const { format, output, reveal } = parseOptions(OptionsSchema, raw);
        const [{ readEvent }, { predictOrSayWhy }, { eventReport }, { config }] = await Promise.all([
          import('../webhooks/show.js'),
          import('../webhooks/predict.js'),
          import('../webhooks/show-report.js'),
          context.loaded(),
        ]);
        const { direct, limits, sandbox } = await context.database();
        const pool = await direct();
        const access = { limits, signal: context.io.signal };
        const shown = await readEvent(pool, args[0] ?? '', { reveal, ...access });
        const prediction = await predictOrSayWhy(pool, shown.event.id, {
          ...access,
          runId: context.runId,
          timezone: config.timezone,
          sold: config.soldStatuses,
          isReplay: true,
        });
        const report = eventReport(shown, { prediction, reveal, sandbox });
        await emit(context, report, { format, output });
        return 0;
      }),
    );
}
