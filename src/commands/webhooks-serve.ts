import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import type { Config } from '../config-schema.js';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { isSentAgain } from '../webhooks/event.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';

const OptionsSchema = z.object({
  host: z.string().min(1),
  port: z.coerce.number().pipe(z.int().min(0).max(65_535)),
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'is no http or https URL' })
    .refine((url) => !/[?#]/.test(url), { error: 'must have no query and no fragment' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  workers: z.coerce.number().pipe(z.int().min(0).max(16)),
  spool: z.string().min(1).optional(),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'serve',
    'Receive webhooks over HTTP: verified, stored before they are acknowledged, worked on from the inbox.',
    [
      ['behind a proxy that ends TLS', 'smsfood webhooks serve --public-url https://hooks.example.com'],
      ['receive only; workers run elsewhere', 'smsfood webhooks serve --workers 0'],
    ],
  );
  withDatabase(command)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 for any that is free', '8787')
    .option('--public-url <url>', 'what providers call, as Twilio signs it; needed where Twilio is on')
    .option('--workers <n>', 'events worked on at once in this process; 0 to receive only', '2')
    .option('--spool <folder>', 'where messages are kept while the database is down (default: in the data folder)')
    .addHelpText(
      'after',
      `
Routes: POST /webhooks/stripe, /webhooks/twilio/sms, /webhooks/twilio/status, /webhooks/eztexting/sms,
/webhooks/eztexting/status; GET /livez, /readyz, /metrics. A source without its secret is off:
STRIPE_WEBHOOK_SECRET, TWILIO_AUTH_TOKEN with TWILIO_ACCOUNT_SID, EZTEXTING_WEBHOOK_SECRET; several secrets
separated by commas while one replaces the other.

An acknowledgement (2xx) means that the event is committed. While the database is down, Stripe is told to try again
(503), as it does for days; what Twilio and EZTexting send only once goes to the spool on this machine's disk, and from
there into the inbox when the database is back.

SIGTERM and Ctrl-C: no new requests, what is under way is finished within 10 seconds.
Exit codes: 2 no secret or wrong usage, 3 port, spool or database not available, 130 or 143 when it was stopped.
`,
    )
    .action(
      host.run('webhooks serve', async (context, _args, raw) => {
        await run(context, parseOptions(OptionsSchema, raw));
        throw context.io.signal.reason;
      }),
    );
}

async function run(context: Context, options: Options): Promise<void> {
  const [{ config }, log, { serve }, { openSources }] = await Promise.all([
    context.loaded(),
    context.log(),
    import('../webhooks/serve.js'),
    import('../webhooks/sources/index.js'),
  ]);
  const { endpoints, off } = await openSources(config);
  const publicUrl = options.publicUrl ?? null;
  if (publicUrl === null && endpoints.some(({ source }) => source === 'twilio'))
    throw new SmsfoodError(
      'USAGE',
      'Twilio signs the URL that it calls, and --public-url does not say which that is.',
      'Add --public-url https://HOST, without the path of the webhook.',
    );
  for (const { source, variable } of off) context.hint(`${source} is off: ${variable} is not set.`);
  const database = await context.database();
  await serve({
    ...options,
    publicUrl,
    trustedProxies: config.webhooks.trustedProxies,
    endpoints,
    spool: await spoolOf(
      context,
      options,
      config,
      endpoints.some(({ source }) => !isSentAgain(source)),
    ),
    open: () => database.direct(),
    limits: database.limits,
    runId: context.runId,
    timezone: config.timezone,
    sold: config.soldStatuses,
    signal: context.io.signal,
    log,
    onListening(address, isDegraded) {
      context.hint(`Listening on ${address}.`);
      if (isDegraded) context.hint('The database is down: messages go to the spool, Stripe is told to try again.');
    },
  });
}

async function spoolOf(context: Context, { spool }: Options, config: Config, isNeeded: boolean) {
  if (!isNeeded) return null;
  const [{ sandboxHome }, { parseMemory }] = await Promise.all([
    import('../sandbox/place.js'),
    import('../config-schema.js'),
  ]);
  const folder =
    spool === undefined ? join(await sandboxHome(context.io.env), 'spool') : resolve(context.io.cwd, spool);
  return { folder, maxBytes: parseMemory(config.webhooks.spoolSize) };
}
