import { resolve } from 'node:path';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { describeFilter } from '../webhooks/filter.js';
import { matching } from '../webhooks/replay/matching.js';
import type { BadLine } from '../webhooks/replay/ndjson.js';
import type { ReplayRequest } from '../webhooks/replay/replayed.js';
import { filterOf } from './webhooks-filter.js';
import type { ReplayCommandOptions } from './webhooks-replay.js';

/** One way of choosing, and nothing that it would not heed. */
export function refuseContradictions(args: readonly string[], options: ReplayCommandOptions): void {
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

/**
 * The request of these options, with the events of a file or of Stripe read. Throws EVENTS_FILE_INVALID, STRIPE_FAILED,
 * CONFIG_INVALID without a key, and USAGE for a window that Stripe has forgotten.
 */
export async function requestOf(
  context: Context,
  args: readonly string[],
  options: ReplayCommandOptions,
  onProgress: (text: string) => void,
): Promise<ReplayRequest> {
  if (options.resume !== undefined) return { kind: 'resume', replay: options.resume };
  if (args.length > 0) return { kind: 'ids', ids: args };
  if (options.fromFile !== undefined) return fromFile(context, options, options.fromFile);
  if (options.fromStripe) return fromStripe(context, options, onProgress);
  return { kind: 'filter', filter: filterOf({ ...options, status: options.status ?? ['dead'] }) };
}

async function fromFile(context: Context, options: ReplayCommandOptions, name: string): Promise<ReplayRequest> {
  const { readEventsFile } = await import('../webhooks/replay/ndjson.js');
  const { events, bad } = await readEventsFile(resolve(context.io.cwd, name), name, context.io.signal);
  const [first, ...others] = bad;
  if (first !== undefined && !options.skipBad) {
    throw new SmsfoodError(
      'EVENTS_FILE_INVALID',
      `${name}:${first.line}: ${first.reason}${andOthers(others)}; nothing was replayed.`,
      'Correct the file, or leave such lines out with --skip-bad.',
    );
  }
  const filter = filterOf(options);
  return { kind: 'file', name, events: matching(events, filter), bad, isCut: false, filter: describeFilter(filter) };
}

/** `, and so are line 7, 9`. */
function andOthers(others: readonly BadLine[]): string {
  if (others.length === 0) return '';
  const lines = others.slice(0, MOST_LINES).map(({ line }) => line);
  const rest = others.length - lines.length;
  const are = others.length === 1 ? 'is' : 'are';
  return `, and so ${are} line ${lines.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const MOST_LINES = 9;

async function fromStripe(
  context: Context,
  options: ReplayCommandOptions,
  onProgress: (text: string) => void,
): Promise<ReplayRequest> {
  const [{ listStripeEvents, refuseOldWindow }, { config }] = await Promise.all([
    import('../webhooks/replay/stripe-events.js'),
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
