import type { Command } from 'commander';
import * as z from 'zod';
import { SmsfoodError } from '../errors.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const LEAST_KEY_DAYS = 35;
const OptionsSchema = OutputSchema.extend({
  apply: z.boolean().default(false),
  payloadDays: z.coerce.number().pipe(z.int().min(1).max(3650)).default(30),
  keyDays: z.coerce
    .number()
    .pipe(
      z
        .int()
        .min(
          LEAST_KEY_DAYS,
          `must be at least ${LEAST_KEY_DAYS}: without its key an event that comes again is a new one`,
        )
        .max(3650),
    )
    .default(LEAST_KEY_DAYS),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'prune',
    'Remove what is old from the inbox: payloads, which are personal data, after 30 days, and events after 35. Shows what it would remove, and removes it with --apply.',
    [
      ['how much is there?', 'smsfood webhooks prune'],
      ['every night', 'smsfood webhooks prune --apply'],
      ['keep the history for a year', 'smsfood webhooks prune --key-days 365 --apply'],
    ],
  );
  withOutput(withDatabase(command))
    .option('--apply', 'really remove them; without it nothing is removed')
    .option('--payload-days <n>', 'keep payloads for this many days (default: 30)')
    .option(
      '--key-days <n>',
      'keep events, and with them what tells a repeated delivery, for this many days, 35 or more (default: 35)',
    )
    .addHelpText(
      'after',
      `
Events that are pending, waiting or being processed, that somebody has to refund, or that a replay under way has before
it, stay whatever their age, and so do their payloads. An event without its payload cannot be replayed.
What the events changed stays in the ledger (\`smsfood runs\`), without the event.
`,
    )
    .action(
      host.run('webhooks prune', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const { payloadDays, keyDays, apply } = options;
        if (payloadDays > keyDays) {
          throw new SmsfoodError(
            'USAGE',
            `--payload-days: ${payloadDays} is more than --key-days, with which payloads go.`,
          );
        }
        const [{ prune }, { pruneReport }] = await Promise.all([
          import('../webhooks/prune.js'),
          import('../webhooks/prune-report.js'),
        ]);
        const { direct, limits, sandbox } = await context.database();
        const { runId } = context;
        const pool = await direct();
        const pruned = await context.progress((onProgress) =>
          prune(pool, {
            runId,
            apply,
            payloadDays,
            keyDays,
            limits,
            signal: context.io.signal,
            onProgress,
          }),
        );
        const report = pruneReport(pruned, { runId, payloadDays, keyDays, sandbox });
        await emit(context, report, options);
        return 0;
      }),
    );
}
