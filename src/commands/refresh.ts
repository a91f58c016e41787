import type { Command } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import type { Refreshed, RefreshOptions } from '../summaries/refresh.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { instant } from './instant.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  full: z.boolean().default(false),
  since: instant.optional(),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'refresh',
    'Refresh the summary tables in the schema ops: daily order stats, RFM scores, business health, KPI snapshots.',
    [
      ['every night', 'smsfood refresh'],
      ['after orders were deleted or changed by hand', 'smsfood refresh --full'],
    ],
  );
  withOutput(withDatabase(command))
    .option('--full', 'look at all orders, not only at those that changed')
    .option('--since <time>', 'look at the orders created or updated since, instead of since the last refresh')
    .addHelpText(
      'after',
      `
All four tables show one instant; no table of the platform is changed. Days are recomputed as a whole, so that twice is
the same as once. orders has no index on its times, so every refresh reads the table, and writes only what differs.
An old order that changes is seen by its updatedAt, with an hour to spare for clocks that lag. Orders that were deleted,
moved to another day or customer, or changed without a new updatedAt are seen by a full pass only: with --full, and by
itself every 7 days, at the first time, and where the time zone or the sold statuses of the configuration change.
After --since with a time later than the last refresh less that hour, the next one looks back as if it had not been.
Business health and KPI snapshots are those of the day: a day without a refresh stays missing.
Exit codes: 0 refreshed, 2 wrong usage, 3 not possible.
`,
    )
    .action(
      host.run('refresh', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        if (options.full && options.since !== undefined)
          throw new SmsfoodError('USAGE', '--full looks at all orders, and cannot be used with --since.');
        const [refreshed, { refreshReport }] = await Promise.all([
          run(context, options),
          import('../summaries/report.js'),
        ]);
        const { sandbox } = await context.database();
        const report = refreshReport(refreshed, { runId: context.runId, sandbox });
        await emit(context, report, options);
        return 0;
      }),
    );
}

async function run(context: Context, { full, since }: Options): Promise<Refreshed> {
  return context.progress((onProgress) =>
    refreshSummaries(context, {
      runId: context.runId,
      full,
      since: since ?? null,
      signal: context.io.signal,
      onProgress,
    }),
  );
}

/** The summary tables with the scores of the customers, which are another feature's. */
export async function refreshSummaries(
  context: Context,
  options: Pick<RefreshOptions, 'runId' | 'full' | 'since' | 'signal' | 'onProgress'>,
): Promise<Refreshed> {
  const [{ refresh }, { keepScores }, { config }] = await Promise.all([
    import('../summaries/refresh.js'),
    import('../segments/keep-scores.js'),
    context.loaded(),
  ]);
  const definitions = { timezone: config.timezone, sold: config.soldStatuses };
  const database = await context.database();
  return refresh(await database.direct(), {
    ...options,
    ...definitions,
    limits: database.limits,
    keepScores: async (session) => {
      const { written, reason } = await keepScores(session, definitions);
      if (written === null) return { reason };
      return { changed: written.added + written.closed + written.renewed, removed: written.removed };
    },
  });
}
