import type { Command } from 'commander';
import { z } from 'zod';
import { FORMATS, REPORT_FORMATS } from '../output/index.js';
import { SelectorSchema, selectedChecks, withSelectors } from './check-options.js';
import { type Host, parseOptions, subcommand, withDatabase, withOutput } from './command.js';
import { emit } from './emit.js';

const OptionsSchema = SelectorSchema.extend({ format: z.enum(FORMATS), output: z.string().optional() });

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
  withSelectors(withOutput(withDatabase(command), REPORT_FORMATS)).action(
    host.run('scorecard', async (context, args, raw) => {
      const options = parseOptions(OptionsSchema, raw);
      const [
        checks,
        { config },
        { runChecks },
        { openHistory },
        { pastResults },
        { readFillRates },
        { scorecardReport },
        { configuredGlobals },
      ] = await Promise.all([
        selectedChecks(context, args, options),
        context.loaded(),
        import('../checks/run.js'),
        import('../checks/history.js'),
        import('../checks/scorecard.js'),
        import('../checks/fill-rates.js'),
        import('../checks/scorecard-report.js'),
        import('../checks/parameters.js'),
      ]);
      const database = await context.database();
      const { limits } = database;
      const { signal } = context.io;
      const pool = await database.reading();
      const progress = context.progress();
      try {
        const run = await runChecks(pool, checks, {
          jobs: config.checks.jobs,
          limits,
          samples: 0,
          reveal: false,
          asOf: null,
          since: null,
          globals: configuredGlobals(config),
          baseline: null,
          collectKeys: false,
          signal,
          onProgress: (what, done, of) => progress.update(`Checking ${what} (${done} of ${of})`),
        });
        progress.update('Counting filled columns');
        const fillRates = await readFillRates(pool, { limits, signal });
        const history = await openHistory(await database.direct(), limits, signal);
        const past =
          history.kind === 'open'
            ? await pastResults(
                history,
                checks.map(({ id }) => id),
              )
            : { results: [], at: null };
        const noTrend =
          history.kind === 'absent'
            ? 'the schema ops is not installed (`smsfood db install`)'
            : history.kind === 'closed'
              ? history.reason
              : null;
        progress.stop();
        const report = scorecardReport({
          now: run.now,
          results: run.results,
          past,
          fillRates,
          noTrend,
          sandbox: database.sandbox,
        });
        await emit(context, report, options.format, options.output);
        return run.results.some(({ status }) => status === 'error') ? 3 : 0;
      } finally {
        progress.stop();
      }
    }),
  );
}
