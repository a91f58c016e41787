import { hostname } from 'node:os';
import type { Command } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import type { Delivery, Patience } from '../notify/delivery.js';
import type { Report } from '../report.js';
import { type Channels, channelsOf } from './channels.js';
import { type Host, parseOptions, subcommand } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  slack: z.boolean().default(false),
  ping: z.string().min(1).optional(),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'test', 'Send a test message to the channels, and say whether it arrived.', [
    ['every channel that is configured', 'smsfood notify test'],
    ['only Slack', 'smsfood notify test --slack'],
    ['an address before it is configured', 'smsfood notify test --ping https://hc-ping.com/ID'],
  ]);
  withOutput(command)
    .option('--slack', 'test Slack (SLACK_WEBHOOK_URL)')
    .option('--ping <url>', 'test this address')
    .addHelpText(
      'after',
      `
The ping is URL/log: it is noted there, and changes no state. The database is not needed.
Exit codes: 0 everything arrived, 2 wrong usage or nothing is configured, 3 something did not arrive.
`,
    )
    .action(
      host.run('notify test', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const deliveries = await test(context, await wanted(context, options));
        const report = testReport(context.runId, deliveries);
        await emit(context, report, options);
        return exitCodeOf(deliveries);
      }),
    );
}

/** What was asked for, or everything that is configured. */
async function wanted(context: Context, { slack, ping }: Options): Promise<Channels> {
  const isNamed = slack || ping !== undefined;
  const channels = await channelsOf(context, {
    slack: isNamed ? slack : 'if configured',
    ping: ping !== undefined ? { address: ping } : isNamed ? null : 'if configured',
  });
  if (channels.slack !== null || channels.ping !== null) return channels;
  throw new SmsfoodError(
    'NOTHING_SELECTED',
    'No channel is configured.',
    'Set SLACK_WEBHOOK_URL or SMSFOOD_PING_URL, or pass --ping URL.',
  );
}

async function test({ runId, io }: Context, { slack, ping }: Channels): Promise<Delivery[]> {
  const [{ PATIENT }, { sendPing }, { sendSlack }, { words }] = await Promise.all([
    import('../notify/delivery.js'),
    import('../notify/ping.js'),
    import('../notify/slack.js'),
    import('../notify/slack-message.js'),
  ]);
  const patience: Patience = { ...PATIENT, signal: io.signal };
  const text = `A test from ${hostname()}. \`smsfood nightly\` will tell here what it finds.`;
  const message = { title: 'smsfood: this is a test', sections: [{ lines: [words(text)] }] };
  const deliveries = await Promise.all([
    ...(slack === null ? [] : [sendSlack(slack, message, patience)]),
    ...(ping === null ? [] : [sendPing(ping, { signal: 'log', runId, body: text }, patience)]),
  ]);
  io.signal.throwIfAborted();
  return deliveries;
}

function exitCodeOf(deliveries: readonly Delivery[]): 0 | 3 {
  return deliveries.every(({ delivered }) => delivered) ? 0 : 3;
}

/** `document` is `smsfood.notify-test/1`. */
function testReport(runId: string, deliveries: readonly Delivery[]): Report {
  const rows = deliveries.map(({ channel, delivered, message }) => ({ channel, delivered, message }));
  return {
    name: 'notify test',
    document: { schema: 'smsfood.notify-test/1', run: { id: runId }, channels: rows, exitCode: exitCodeOf(deliveries) },
    table: {
      columns: [
        { key: 'channel', label: 'Channel', kind: 'id' },
        { key: 'delivered', label: 'Arrived', kind: 'text' },
        { key: 'message', label: 'What', kind: 'text' },
      ],
      rows,
    },
    sections: [{ lines: rows.map(({ message }) => message) }],
    sandbox: false,
  };
}
