import type { Command } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';

const OptionsSchema = z.object({ workers: z.coerce.number().pipe(z.int().min(1).max(16)).default(2) });

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'work',
    'Process what `webhooks serve` has stored, beside it or on other machines, until stopped. Needs `smsfood db install`.',
    [
      ['two events at a time', 'smsfood webhooks work'],
      ['more of them', 'smsfood webhooks work --workers 8'],
    ],
  );
  withDatabase(command)
    .option('--workers <n>', 'events that are worked on at once, 1 to 16 (default: 2)')
    .addHelpText(
      'after',
      `
Any number of these may run, on any number of machines: each event is worked on by one of them. SIGTERM or Ctrl-C stops
it within 10 seconds; what is under way is finished, the rest is left to others. An event whose process was killed is
tried again when its lease of a minute is over. While the database is away it waits, and counts no attempt.
Exit codes: 2 wrong usage, 3 not possible, 130 or 143 when it was stopped.
`,
    )
    .action(
      host.run('webhooks work', async (context, _args, raw) => {
        await work(context, parseOptions(OptionsSchema, raw).workers);
        throw context.io.signal.reason;
      }),
    );
}

async function work(context: Context, workers: number): Promise<void> {
  const [{ workOnInbox }, { config }, log] = await Promise.all([
    import('../webhooks/work.js'),
    context.loaded(),
    context.log(),
  ]);
  const { direct, limits } = await context.database();
  const options = {
    runId: context.runId,
    workers,
    timezone: config.timezone,
    sold: config.soldStatuses,
    limits,
    signal: context.io.signal,
    log,
  };
  await workOnInbox(await direct(), options, () =>
    context.hint(`Working on webhooks, ${workers} at a time. Stop with Ctrl-C.`),
  );
}
