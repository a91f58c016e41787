import { lookup } from 'node:dns/promises';
import { BlockList } from 'node:net';
import { Argument, type Command } from 'commander';
import * as z from 'zod';
import type { Config } from '../config-schema.js';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { SOURCES, type Source } from '../webhooks/event.js';
import type { Simulation } from '../webhooks/simulate/report.js';
import type { Subjects } from '../webhooks/simulate/subjects.js';
import type { Traffic } from '../webhooks/simulate/traffic.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL, such as http://127.0.0.1:8787' })
  .transform((url) => url.replace(/\/+$/, ''));
const OptionsSchema = OutputSchema.extend({
  count: z.coerce.number().pipe(z.int().min(1).max(100_000)).default(100),
  rate: z.coerce.number().pipe(z.number().min(0.1).max(20_000)).default(20),
  duplicates: z.coerce.number().pipe(z.number().min(0).max(100)).default(0),
  shuffle: z.boolean().default(false),
  url: httpUrl.default('http://127.0.0.1:8787'),
  publicUrl: httpUrl.optional(),
  real: z.boolean().default(false),
  sandbox: z.boolean().default(false),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'simulate',
    'Send correctly signed events to a receiver on this machine, at a rate, and count its answers.',
    [
      ['a hundred payments of orders of the sandbox', 'smsfood webhooks simulate stripe --sandbox'],
      [
        'a bad day: 5,000 events, one in ten twice, in any order',
        'smsfood webhooks simulate twilio --count 5000 --rate 300 --duplicates 10 --shuffle',
      ],
    ],
  );
  withOutput(withDatabase(command))
    .addArgument(new Argument('<source>', 'whose events').choices(SOURCES))
    .option('--count <n>', 'how many events, up to 100,000 (default: 100)')
    .option('--rate <n>', 'deliveries a second (default: 20)')
    .option('--duplicates <percent>', 'so many percent of the events are delivered twice (default: 0)')
    .option('--shuffle', 'in any order, instead of the order in which they happen')
    .option('--url <url>', 'the receiver, on this machine (default: http://127.0.0.1:8787)')
    .option(
      '--public-url <url>',
      'what the receiver was given as --public-url, which Twilio signs (default: the same as --url)',
    )
    .option(
      '--real',
      'about orders, messages and customers of the configured database; else, and without --sandbox, they are made up',
    )
    .addHelpText(
      'after',
      `
Signed with the first secret of the source in the configuration, which is to be the receiver's. The events are acted on
like any others: those about orders of a database make them paid there.
Exit codes: 0 every delivery was acknowledged, 1 some were not, 2 wrong usage or no secret, 3 nobody answers.
`,
    )
    .action(
      host.run('webhooks simulate', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const source = z.enum(SOURCES).parse(args[0]);
        const { simulationExitCode, simulationReport } = await import('../webhooks/simulate/report.js');
        const simulation = await simulate(context, source, options);
        await emit(context, simulationReport(simulation), options);
        return simulationExitCode(simulation);
      }),
    );
}

async function simulate(context: Context, source: Source, options: Options): Promise<Simulation> {
  const { url, publicUrl = url } = options;
  await refuseOtherMachines(url);
  const { config } = await context.loaded();
  const traffic = await trafficOf(source, config, () => subjectsOf(context, options), publicUrl);
  const [{ planDeliveries }, { send }] = await Promise.all([
    import('../webhooks/simulate/traffic.js'),
    import('../webhooks/simulate/send.js'),
  ]);
  const deliveries = planDeliveries(traffic, options);
  const sent = await context.progress((tell) =>
    send(deliveries, traffic, {
      url,
      rate: options.rate,
      signal: context.io.signal,
      onProgress: (count, of) => tell(`Sending (${count} of ${of})`),
    }),
  );
  if (sent.latencies.length === 0) {
    throw new SmsfoodError(
      'RECEIVER_UNREACHABLE',
      `Nobody answers at ${url}: ${[...sent.answers.keys()].join(', ')}.`,
      'Start the receiver with `smsfood webhooks serve`, or name another one with --url.',
    );
  }
  return { source, url, events: options.count, deliveries: deliveries.length, rate: options.rate, sent };
}

async function subjectsOf(context: Context, { count, real, sandbox }: Options): Promise<Subjects> {
  const { inventedSubjects, realSubjects } = await import('../webhooks/simulate/subjects.js');
  if (!real && !sandbox) return inventedSubjects(count);
  const { reading, limits } = await context.database();
  return realSubjects(await reading(), count, { limits, signal: context.io.signal });
}

async function trafficOf(
  source: Source,
  config: Config,
  subjects: () => Promise<Subjects>,
  publicUrl: string,
): Promise<Traffic> {
  if (source === 'stripe') {
    const secret = firstOf(config.stripeWebhookSecret, 'STRIPE_WEBHOOK_SECRET');
    const { stripeTraffic } = await import('../webhooks/simulate/stripe-traffic.js');
    return stripeTraffic(await subjects(), secret);
  }
  const { eztextingTraffic, twilioTraffic } = await import('../webhooks/simulate/sms-traffic.js');
  if (source === 'eztexting') {
    const secret = firstOf(config.eztextingWebhookSecret, 'EZTEXTING_WEBHOOK_SECRET');
    return eztextingTraffic(await subjects(), secret);
  }
  const authToken = firstOf(config.twilioAuthToken, 'TWILIO_AUTH_TOKEN');
  const accountSid = firstOf([config.twilioAccountSid], 'TWILIO_ACCOUNT_SID');
  return twilioTraffic(await subjects(), { authToken, accountSid, publicUrl });
}

function firstOf(values: readonly (string | undefined)[], variable: string): string {
  const [first] = values;
  if (first !== undefined) return first;
  throw new SmsfoodError(
    'CONFIG_INVALID',
    `Nothing can be signed: ${variable} is not set.`,
    `Set ${variable} to what the receiver has; any text will do for a receiver of your own.`,
  );
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** A simulation that leaves this machine would be an attack on somebody. */
async function refuseOtherMachines(url: string): Promise<void> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const addresses = await lookup(host, { all: true }).catch(() => []);
  const isHere = addresses.every(({ address, family }) => LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4'));
  if (addresses.length > 0 && isHere) return;
  throw new SmsfoodError(
    'USAGE',
    `--url: ${host} is not this machine.`,
    'Simulated events go to 127.0.0.1, ::1 or localhost only.',
  );
}
