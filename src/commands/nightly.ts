import type { Command } from 'commander';
import * as z from 'zod';
import { duration } from '../config-schema.js';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import type { Night } from '../nightly/nightly.js';
import { STEP_NAMES, type StepName } from '../nightly/step.js';
import type { Delivery } from '../notify/delivery.js';
import { channelsOf, type Wanted } from './channels.js';
import { repeatable } from './check-options.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { startTelling } from './nightly-tell.js';
import { OutputSchema, withOutput } from './output-options.js';

const CHANNELS = ['slack'] as const;
const OptionsSchema = OutputSchema.extend({
  apply: z.boolean().default(false),
  releaseInactive: z.boolean().default(false),
  only: z.array(z.enum(STEP_NAMES)).default([]),
  skip: z.array(z.enum(STEP_NAMES)).default([]),
  stepTimeout: duration.optional(),
  notify: z.array(z.enum(CHANNELS)).default([]),
  ping: z.string().min(1).optional(),
  metricsFile: z.string().min(1).optional(),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'nightly',
    'Everything that belongs into every night, in one run: repair, sum up, judge, and tell whom it concerns. Repairs nothing without --apply.',
    [
      ['what would it do, and find?', 'smsfood nightly'],
      ['every night, from cron', 'smsfood nightly --apply --notify slack --ping https://hc-ping.com/ID'],
      [
        'for Prometheus, by way of node_exporter',
        'smsfood nightly --apply --metrics-file /var/lib/node_exporter/smsfood.prom',
      ],
      ['only the part that failed', 'smsfood nightly --apply --only segments --only summaries'],
    ],
  );
  withOutput(withDatabase(command))
    .option('--apply', 'really repair: without it the steps that change the platform only show what they would change')
    .option('--release-inactive', 'in recycle, also release the numbers of businesses that have left')
    .addOption(repeatable('--only', 'step', 'only this step', STEP_NAMES))
    .addOption(repeatable('--skip', 'step', 'without this step', STEP_NAMES))
    .option('--step-timeout <duration>', 'longest time for one step, such as 45m (default: nightly.stepTimeout, 30m)')
    .addOption(
      repeatable('--notify', 'channel', 'tell this channel what was found; slack is SLACK_WEBHOOK_URL', CHANNELS),
    )
    .option('--ping <url>', 'tell a service that watches over jobs, such as healthchecks.io (SMSFOOD_PING_URL)')
    .option('--metrics-file <file>', "write a file for node_exporter's textfile collector")
    .addHelpText('after', HELP)
    .action(host.run('nightly', (context, _args, raw) => nightly(context, parseOptions(OptionsSchema, raw))));
}

const HELP = `
The steps, in this order:
  recycle    smsfood phones recycle: numbers whose cooldown is over   changes the platform, with --apply
  reconcile  smsfood reconcile: customers' totals, by what changed    changes the platform, with --apply
  segments   smsfood segments: scores and categories of customers     changes the platform, with --apply
  summaries  smsfood refresh: the summary tables in the schema ops    always
  checks     smsfood check: all of them, on the primary               always; remembered in ops
A step that fails, or takes too long, does not keep the others from their turn. Each has the lock, the guard against too
many changes, and the record that it has alone (\`smsfood runs list\`). One lock keeps two nights apart on all machines.
A night that was killed or stopped is simply run again. After missed nights the next one looks at everything since;
the daily snapshots of the missed days cannot be made up for, and it says so.

Quiet when all is well: with exit code 0 and no night missed, nothing is printed with --quiet and where standard output is
no terminal, so that cron mails only findings. --format json (or another) and --output print in any case.
Slack is told of new, open and resolved findings and of steps that failed, and of nothing when all is well.
The ping says start, then success or the exit code. The address of SMSFOOD_PING_URL hears of whole nights with --apply
only, not of trials: dry runs, --only, --sandbox. A notification that fails is said on standard error, and changes no
exit code. \`smsfood notify test\` tries the channels.

Exit codes: 0 all is well, 1 something was found or is left to do (also when a step failed besides), 2 wrong usage,
3 a step failed or took too long, another night is at work, or none was possible.
`;

async function nightly(context: Context, options: Options): Promise<number> {
  const leftOut = stepsLeftOut(options);
  const channels = await channelsOf(context, {
    slack: options.notify.includes('slack'),
    ping: wantedPing(context, options),
  });
  const telling = await startTelling(context, { ...channels, metricsFile: options.metricsFile });
  const { signal } = context.io;
  let night: Night | null = null;
  try {
    const { ended, ...outcome } = await context.progress(async (tell) => {
      night = await run(context, options, leftOut, tell);
      const { placeOf } = await import('../db/url.js');
      const { direct, sandbox } = await context.database();
      const place = placeOf((await direct()).url);
      tell('Telling whom it concerns');
      const told = signal.aborted ? [] : await telling.ended(night, sandbox ? `the sandbox, ${place}` : place);
      return { ended: night, place, sandbox, told };
    });
    signal.throwIfAborted();
    complain(context, outcome.told);
    await print(context, options, ended, outcome);
    return ended.exitCode;
  } catch (error) {
    if (signal.aborted) await sayStopped(context, night, await telling.stopped(night, stopCode(signal)));
    else if (night === null) complain(context, await telling.failed(error));
    throw error;
  }
}

/** Who waits for the night at the configured address must not take a trial for it. */
function wantedPing({ options: { sandbox } }: Context, { ping, apply, only }: Options): Wanted['ping'] {
  if (ping !== undefined) return { address: ping };
  return apply && only.length === 0 && sandbox !== true ? 'if configured' : null;
}

function stepsLeftOut({ only, skip }: Options): Set<StepName> {
  if (only.length > 0 && skip.length > 0) throw new SmsfoodError('USAGE', '--only cannot be used with --skip.');
  const leftOut = STEP_NAMES.filter((name) => (only.length > 0 ? !only.includes(name) : skip.includes(name)));
  if (leftOut.length === STEP_NAMES.length)
    throw new SmsfoodError('NOTHING_SELECTED', 'No step is left.', `There are: ${STEP_NAMES.join(', ')}.`);
  return new Set(leftOut);
}

async function run(
  context: Context,
  { apply, releaseInactive, only, stepTimeout }: Options,
  leftOut: ReadonlySet<StepName>,
  onProgress: (text: string) => void,
): Promise<Night> {
  const [{ runNight }, { nightlySteps }, { config }, database] = await Promise.all([
    import('../nightly/nightly.js'),
    import('./nightly-steps.js'),
    context.loaded(),
    context.database(),
  ]);
  return runNight(await database.direct(), nightlySteps(context, { apply, releaseInactive }), {
    runId: context.runId,
    apply,
    releaseInactive,
    leftOut,
    isPartial: only.length > 0,
    timezone: config.timezone,
    stepTimeoutMs: stepTimeout ?? config.nightly.stepTimeout,
    limits: database.limits,
    signal: context.io.signal,
    onProgress,
  });
}

/** With --quiet too: who set up a channel relies on it. */
function complain({ io }: Context, told: readonly Delivery[]): void {
  for (const { delivered, message } of told) if (!delivered) io.stderr.write(`warning: ${message}\n`);
}

async function sayStopped(context: Context, night: Night | null, told: readonly Delivery[]): Promise<void> {
  complain(context, told);
  for (const { name, status } of night?.steps ?? []) context.hint(`${name}: ${status}`);
}

function stopCode({ reason }: AbortSignal): number {
  return reason instanceof SmsfoodError ? reason.exitCode : 3;
}

async function print(
  context: Context,
  { format, output }: Options,
  night: Night,
  { place, sandbox, told }: { place: string; sandbox: boolean; told: readonly Delivery[] },
): Promise<void> {
  const [{ isQuiet }, { nightReport }] = await Promise.all([
    import('../nightly/nightly.js'),
    import('../nightly/report.js'),
  ]);
  const isSilent = isQuiet(night) && (context.options.quiet === true || !context.io.stdout.isTerminal);
  if (isSilent && format === 'table' && output === undefined) return;
  const report = nightReport(night, { runId: context.runId, database: place, sandbox, told });
  await emit(isSilent ? { ...context, hint: () => undefined } : context, report, { format, output });
}
