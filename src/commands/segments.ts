import type { Command } from 'commander';
import type { z } from 'zod';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import type { Report } from '../report.js';
import { ApplySchema, withApply } from './apply-options.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { day } from './instant.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = ApplySchema.extend({
  ...OutputSchema.shape,
  compare: day.optional(),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'segments',
    'Score customers by recency, frequency and money, and give each the category of its segment. Shows what would change, and changes it with --apply.',
    [
      ['where do the customers stand?', 'smsfood segments'],
      ['every night', 'smsfood segments --apply'],
      ['who moved since the first of March?', 'smsfood segments --compare 2026-03-01'],
      ['each of them by id', 'smsfood segments --compare 2026-03-01 --format csv'],
    ],
  );
  withApply(withOutput(withDatabase(command)))
    .option('--compare <day>', 'who moved between segments since the scores that were kept on this day')
    .addHelpText(
      'after',
      `
Scored is who has a sold order since the calendar day of 12 months ago, in quintiles by cume_dist, so that ties share
a score; fewer than 100 such customers are refused. Recency and frequency make the segment, and the segment the category:
VIP, New, Regular, At-Risk or Lost, in place of whatever was there. Who bought before the 12 months only is Lost.
Customers without any sold order keep theirs. With --apply the scores are kept too (ops.customer_rfm_scores), one day's
in place of earlier ones of that day. Customers of all businesses are scored together.
Exit codes: 0 nothing is left to do, 1 something is (in a dry run: categories to change), 2 wrong usage or no scores of
that day, 3 not possible.
`,
    )
    .action(
      host.run('segments', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const { report, exitCode } = await context.progress((tell) =>
          options.compare === undefined ? segment(context, options, tell) : compare(context, options, options.compare),
        );
        await emit(context, report, options);
        return exitCode;
      }),
    );
}

interface Result {
  report: Report;
  exitCode: number;
}

async function segment(context: Context, options: Options, onProgress: (text: string) => void): Promise<Result> {
  const [{ exitCodeOf, segmentCustomers }, { segmentsReport }, { config }] = await Promise.all([
    import('../segments/assign.js'),
    import('../segments/report.js'),
    context.loaded(),
  ]);
  const database = await context.database();
  const segmented = await segmentCustomers(await database.direct(), {
    runId: context.runId,
    apply: options.apply,
    limit: { maxChanges: options.maxChanges ?? null, force: options.force },
    timezone: config.timezone,
    sold: config.soldStatuses,
    limits: database.limits,
    signal: context.io.signal,
    onProgress,
  });
  const report = segmentsReport(segmented, { runId: context.runId, sandbox: database.sandbox });
  return { report, exitCode: exitCodeOf(segmented) };
}

async function compare(context: Context, { apply }: Options, day: string): Promise<Result> {
  if (apply) throw new SmsfoodError('USAGE', '--compare only looks, and cannot be used with --apply.');
  const [{ compareSegments }, { compareReport }, { config }] = await Promise.all([
    import('../segments/compare.js'),
    import('../segments/compare-report.js'),
    context.loaded(),
  ]);
  const database = await context.database();
  const comparison = await compareSegments(await database.direct(), {
    day,
    timezone: config.timezone,
    sold: config.soldStatuses,
    limits: database.limits,
    signal: context.io.signal,
  });
  return { report: compareReport(comparison, { runId: context.runId, sandbox: database.sandbox }), exitCode: 0 };
}
