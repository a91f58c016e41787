import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import type { ReplayRequest } from '../webhooks/replay/replayed.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';
import { userName } from './user-name.js';
import { filterOf, SelectionSchema, withSelection } from './webhooks-filter.js';

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
type Options = z.infer<typeof OptionsSchema>;

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
    .addHelpText(
      'after',
      `
A filter without --status means dead events. The selection is frozen at the start. Events of one subject are replayed in
the order in which they happened, subjects side by side. They go through the code and the locks of live work; what was
done stays done, and no SMS is sent again. The dry run tries each event alone, in a transaction that is rolled back.

--from-file: each line is a Stripe event as its API prints it, or {"source": "twilio" or "eztexting",
"type": "sms.inbound" or "sms.status", "body": {…}}. --from-stripe reaches 30 days back.

Exit codes: 0 all well, 1 some failed, wait or were not tried (in a dry run: would fail), 2 wrong usage or nothing
matched, 3 not possible, such as while another replay is at work.
`,
    )
    .action(
      host.run('webhooks replay', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        refuseContradictions(args, options);
        const [{ replay }, { replayExitCode }, { replayReport }, { config }] = await Promise.all([
          import('../webhooks/replay/replay.js'),
          import('../webhooks/replay/replayed.js'),
          import('../webhooks/replay/report.js'),
          context.loaded(),
        ]);
        const { direct, limits, sandbox } = await context.database();
        const { runId } = context;
        const { apply, force, limit, rate, maxFailures, reveal } = options;
        const replayed = await context.progress(async (onProgress) => {
          const request = await requestOf(context, args, options, onProgress);
          return replay(await direct(), request, {
            runId,
            apply,
            force,
            limit,
            rate,
            maxFailures,
            reason: options.reason ?? null,
            user: userName(),
            timezone: config.timezone,
            sold: config.soldStatuses,
            limits,
            signal: context.io.signal,
            onProgress,
          });
        });
        const report = replayReport(replayed, { runId, force, reveal, sandbox });
        await emit(context, report, options);
        return replayExitCode(replayed);
      }),
    );
}

/** One way of choosing, and nothing that it would not heed. */
function refuseContradictions(args: readonly string[], options: Options): void {
  const { fromFile, fromStripe, resume, status, skipBad, all, force, since } = options;
  const isFiltered = FILTERS.some((name) => options[name] !== undefined);
  const ways = {
    'events by name': args.length > 0,
    '--from-file': fromFile !== undefined,
    '--from-stripe': fromStripe,
    '--resume': resume !== undefined,
  };
  const [first, second] = Object.entries(ways).flatMap(([way, isChosen]) => (isChosen ? [way] : []));
  const refuse = (message: string, hint = 'See `smsfood webhooks replay --help`.') => {
    throw new SmsfoodError('USAGE', message, hint);
  };
  if (first !== undefined && second !== undefined) refuse(`${first} and ${second} cannot be used together.`);
  if (first === undefined && !isFiltered)
    refuse(
      'Which events are to be replayed?',
      'Name them, or choose them with --status, --type, --since and the like.',
    );
  if (isFiltered && (args.length > 0 || resume !== undefined)) refuse(`${first} and a filter cannot be used together.`);
  if (resume !== undefined && force) refuse('--resume keeps the --force of the replay that it goes on with.');
  if (status?.includes('processing') === true) refuse('--status: what is being processed cannot be replayed.');
  if (status?.includes('processed') === true && !force)
    refuse('--status processed: add --force to replay what is processed.');
  if (status !== undefined && first !== undefined)
    refuse(`--status is about the inbox, and cannot be used with ${first}.`);
  if (skipBad && fromFile === undefined) refuse('--skip-bad is for --from-file.');
  if (all && !fromStripe) refuse('--all is for --from-stripe.');
  if (fromStripe && since === undefined)
    refuse('--from-stripe: since when?', 'Add --since TIME; Stripe lists the last 30 days.');
  if (fromStripe && options.source !== undefined && options.source !== 'stripe')
    refuse('--from-stripe has events of Stripe only.');
}

const FILTERS = ['source', 'status', 'type', 'subject', 'since', 'until'] as const;

async function requestOf(
  context: Context,
  args: readonly string[],
  options: Options,
  onProgress: (text: string) => void,
): Promise<ReplayRequest> {
  if (options.resume !== undefined) return { kind: 'resume', replay: options.resume };
  if (args.length > 0) return { kind: 'ids', ids: args };
  if (options.fromFile !== undefined) return fromFile(context, options, options.fromFile);
  if (options.fromStripe) return fromStripe(context, options, onProgress);
  return { kind: 'filter', filter: filterOf({ ...options, status: options.status ?? ['dead'] }) };
}

async function fromFile(context: Context, options: Options, name: string): Promise<ReplayRequest> {
  const [{ readEventsFile }, { matching }] = await Promise.all([
    import('../webhooks/replay/ndjson.js'),
    import('../webhooks/replay/matching.js'),
  ]);
  const { events, bad } = await readEventsFile(resolve(context.io.cwd, name), name, context.io.signal);
  const [first, ...others] = bad;
  if (first !== undefined && !options.skipBad) {
    const more =
      others.length === 0
        ? ''
        : `, and so ${others.length === 1 ? 'is' : 'are'} line ${others
            .slice(0, 9)
            .map(({ line }) => line)
            .join(', ')}${others.length > 9 ? ` and ${others.length - 9} more` : ''}`;
    throw new SmsfoodError(
      'EVENTS_FILE_INVALID',
      `${name}:${first.line}: ${first.reason}${more}; nothing was replayed.`,
      'Correct the file, or leave such lines out with --skip-bad.',
    );
  }
  const filter = filterOf(options);
  const { describeFilter } = await import('../webhooks/filter.js');
  return { kind: 'file', name, events: matching(events, filter), bad, isCut: false, filter: describeFilter(filter) };
}

async function fromStripe(
  context: Context,
  options: Options,
  onProgress: (text: string) => void,
): Promise<ReplayRequest> {
  const [{ listStripeEvents, refuseOldWindow }, { matching }, { describeFilter }, { config }] = await Promise.all([
    import('../webhooks/replay/stripe-events.js'),
    import('../webhooks/replay/matching.js'),
    import('../webhooks/filter.js'),
    context.loaded(),
  ]);
  const { since = '', until = null, type = null, all, limit } = options;
  refuseOldWindow(since, Date.now());
  if (config.stripeApiKey === undefined) {
    throw new SmsfoodError(
      'CONFIG_INVALID',
      'STRIPE_API_KEY is not set, so Stripe cannot be asked.',
      'Set it to a restricted key that may read events.',
    );
  }
  onProgress('Asking Stripe');
  const listed = await listStripeEvents({
    apiKey: config.stripeApiKey,
    apiBase: config.stripeApiBase,
    since,
    until,
    type,
    undelivered: !all,
    limit,
    signal: context.io.signal,
    onPage: (count) => onProgress(`Asking Stripe (${count} events so far)`),
  });
  const filter = filterOf(options);
  return {
    kind: 'stripe',
    name: 'Stripe',
    events: matching(listed.events, filter),
    bad: [],
    isCut: listed.isCut,
    filter: { ...describeFilter(filter), all },
  };
}
