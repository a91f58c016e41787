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
      const { now, results, fillRates, past, noTrend } = await context.progress(async (tell) => {
        const run = await judgeForScore(context, checks, tell);
        tell('Counting filled columns');
        const rates = await readFillRates(await reading(), { limits, signal: context.io.signal });
        return { ...run, fillRates: rates, ...(await pastOf(context, checks)) };
      });
      await emit(context, scorecardReport({ now, results, past, fillRates, noTrend, sandbox }), options);
      return results.some(({ status }) => status === 'error') ? 3 : 0;
    }),
  );
}
