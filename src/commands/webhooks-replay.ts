import type { Command } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import type { Replayed } from '../webhooks/replay/replayed.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';
import { userName } from './user-name.js';
import { SelectionSchema, withSelection } from './webhooks-filter.js';
import { refuseContradictions, requestOf } from './webhooks-replay-request.js';

const OptionsSchema = SelectionSchema.extend({
  ...OutputSchema.shape,
  fromFile: z.string().min(1).optional(),
  fromStripe: z.boolean().default(false),
  all: z.boolean().default(false),
  skipBad: z.boolean().default(false),
  resume: z.string().min(1).optional(),
  apply: z.boolean().default(false),
  force: z.boolean().default(false),
  limit: z.coerce.number().pipe(z.int().min(1).max(100_000)).default(10_000),
  rate: z.coerce.number().pipe(z.number().min(0.1).max(10_000)).default(50),
  maxFailures: z.coerce.number().pipe(z.int().min(1)).default(10),
  reason: z.string().min(1).max(500).optional(),
  reveal: z.boolean().default(false),
});
export type ReplayCommandOptions = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'replay',
    'Process events again: some, those of a filter, of a file, or those that Stripe remembers. Shows what each would do, and does it with --apply.',
    [
      ['what would become of the dead letters?', 'smsfood webhooks replay --status dead'],
      ['replay them', 'smsfood webhooks replay --status dead --apply --reason "the migration of Tuesday"'],
      [
        'an outage: what Stripe could not deliver',
        'smsfood webhooks replay --from-stripe --since 2026-03-10T14:00:00Z --apply',
      ],
      ['go on where one was stopped', 'smsfood webhooks replay --resume 3f2a91c4 --apply'],
    ],
  );
  withSelection(withOutput(withDatabase(command)))
    .argument('[events...]', 'events by their id, their key at the provider, or the beginning of it')
    .option('--from-file <file>', 'events of this file, one JSON document a line, in place of the inbox')
    .option('--skip-bad', 'with --from-file: leave out lines that are no event; else nothing is replayed')
    .option('--from-stripe', "events that Stripe's API lists, in place of the inbox; needs STRIPE_API_KEY and --since")
    .option('--all', 'with --from-stripe: also events that Stripe counts as delivered, to this or another endpoint')
    .option('--resume <replay>', 'what is left of a replay that was killed, cancelled or stopped')
    .option('--apply', 'really replay them; without it nothing is changed')
    .option('--force', 'also what is processed already')
    .option('--limit <n>', 'no more events than this, the oldest first, up to 100,000 (default: 10,000)')
    .option('--rate <n>', 'events a second (default: 50)')
    .option('--max-failures <n>', 'stop when so many have failed (default: 10)')
    .option('--reason <text>', 'why, for the record')
    .option('--reveal', 'show personal data instead of masking it')
    .addHelpText('after', HELP)
    .action(
      host.run('webhooks replay', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        refuseContradictions(args, options);
        const replayed = await run(context, args, options);
        const [{ replayExitCode }, { replayReport }, { sandbox }] = await Promise.all([
          import('../webhooks/replay/replayed.js'),
          import('../webhooks/replay/report.js'),
          context.database(),
        ]);
        const { force, reveal } = options;
        await emit(context, replayReport(replayed, { runId: context.runId, force, reveal, sandbox }), options);
        return replayExitCode(replayed);
      }),
    );
}

const HELP = `
A filter without --status means dead events. The selection is frozen at the start. Events of one subject are replayed in
the order in which they happened, subjects side by side. They go through the code and the locks of live work; what was
done stays done, and no SMS is sent again. The dry run tries each event alone, in a transaction that is rolled back.

--from-file: each line is a Stripe event as its API prints it, or {"source": "twilio" or "eztexting",
"type": "sms.inbound" or "sms.status", "body": {…}}. --from-stripe reaches 30 days back.

Exit codes: 0 all well, 1 some failed, wait or were not tried (in a dry run: would fail), 2 wrong usage or nothing
matched, 3 not possible, such as while another replay is at work.
`;

async function run(context: Context, args: readonly string[], options: ReplayCommandOptions): Promise<Replayed> {
  const [{ replay }, { config }] = await Promise.all([import('../webhooks/replay/replay.js'), context.loaded()]);
  const { direct, limits } = await context.database();
  const { apply, force, limit, rate, maxFailures, reason = null } = options;
  return context.progress(async (onProgress) => {
    const request = await requestOf(context, args, options, onProgress);
    return replay(await direct(), request, {
      runId: context.runId,
      apply,
      force,
      limit,
      rate,
      maxFailures,
      reason,
      user: userName(),
      timezone: config.timezone,
      sold: config.soldStatuses,
      limits,
      signal: context.io.signal,
      onProgress,
    });
  });
}
