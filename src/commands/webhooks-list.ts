import type { Command } from 'commander';
import * as z from 'zod';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';
import { FilterSchema, filterOf, withFilter } from './webhooks-filter.js';

const OptionsSchema = FilterSchema.extend({
  ...OutputSchema.shape,
  limit: z.coerce.number().pipe(z.int().min(1).max(10_000)).default(20),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'list',
    'List the events of the inbox, newest first. Needs `smsfood db install`.',
    [
      ['what was given up?', 'smsfood webhooks list --status dead'],
      [
        'what has been waiting for more than ten minutes?',
        'smsfood webhooks list --status pending,waiting --older-than 10m',
      ],
      ['everything about one order', 'smsfood webhooks list --subject cmhzk5h2q000991culoy7u902'],
      ['whom do we owe money?', 'smsfood webhooks list --needs-refund'],
    ],
  );
  withFilter(withOutput(withDatabase(command)))
    .option('--limit <n>', 'how many to show, up to 10,000 (default: 20)')
    .action(
      host.run('webhooks list', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ listEvents }, { eventsReport }] = await Promise.all([
          import('../webhooks/list.js'),
          import('../webhooks/list-report.js'),
        ]);
        const { direct, limits, sandbox } = await context.database();
        const list = await listEvents(await direct(), {
          filter: filterOf(options),
          limit: options.limit,
          limits,
          signal: context.io.signal,
        });
        await emit(context, eventsReport(list, sandbox), options);
        return 0;
      }),
    );
}
