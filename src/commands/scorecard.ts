import type { Command } from 'commander';
import { SelectorSchema, selectedChecks, withSelectors } from './check-options.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';
import { judgeForScore, pastOf } from './scored.js';

const OptionsSchema = SelectorSchema.extend(OutputSchema.shape);

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'scorecard',
    'Score each dimension and domain from 0 to 100, with the trend where there is history, and the fill rate of every optional column.',
    [
      ['for the weekly review', 'smsfood scorecard --format markdown --output scorecard.md'],
      [
        'what share of customers has an e-mail address?',
        'smsfood scorecard --format json | jq \'.fillRates[] | select(.column == "email")\'',
      ],
    ],
  );
  withSelectors(withOutput(withDatabase(command))).action(
    host.run('scorecard', async (context, args, raw) => {
      const options = parseOptions(OptionsSchema, raw);
      const [checks, { readFillRates }, { scorecardReport }] = await Promise.all([
        selectedChecks(context, args, options),
        import('../checks/fill-rates.js'),
        import('../checks/scorecard-report.js'),
      ]);
      const { limits, reading, sandbox } = await context.database();
      const progress = context.progress();
      try {
        const run = await judgeForScore(context, checks, progress.update);
        progress.update('Counting filled columns');
        const fillRates = await readFillRates(await reading(), { limits, signal: context.io.signal });
        const { past, noTrend } = await pastOf(context, checks);
        progress.stop();
        const report = scorecardReport({
          now: run.now,
          results: run.results,
          past,
          fillRates,
          noTrend,
          sandbox,
        });
        await emit(context, report, options);
        return run.results.some(({ status }) => status === 'error') ? 3 : 0;
      } finally {
        progress.stop();
      }
    }),
  );
}
