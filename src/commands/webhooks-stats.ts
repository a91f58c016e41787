import type { Command } from 'commander';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { instant } from './instant.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  since: instant.optional(),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'stats',
    'Count what was received and what became of it: rates, latency, backlog, dead letters by reason, silence.',
    [
      ['the last 24 hours', 'smsfood webhooks stats'],
      ['since the outage', 'smsfood webhooks stats --since 2026-03-10T14:00:00Z'],
    ],
  );
  withOutput(withDatabase(command))
    .option('--since <time>', 'count what was received since (default: the last 24 hours)')
    .addHelpText(
      'after',
      `
Latency is from the receipt to the end of processing, retries included; replayed events are left out.
A source is called silent where nothing has come for a quarter of an hour or longer, and ten events or more came, in the
median of the last four weeks, in the same stretch of the week. With less than three weeks of history nothing is said.
`,
    )
    .action(
      host.run('webhooks stats', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ config }, { readStats }, { statsReport }] = await Promise.all([
          context.loaded(),
          import('../webhooks/stats.js'),
          import('../webhooks/stats-report.js'),
        ]);
        const { direct, limits, sandbox } = await context.database();
        const stats = await readStats(await direct(), {
          since: options.since ?? null,
          timezone: config.timezone,
          limits,
          signal: context.io.signal,
        });
        await emit(context, statsReport(stats, sandbox), options);
        return 0;
      }),
    );
}
