import type { Command } from 'commander';
import * as z from 'zod';
import { SelectorSchema, selectedChecks, withSelectors } from './check-options.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { instant } from './instant.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = SelectorSchema.extend({
  ...OutputSchema.shape,
  since: instant.optional(),
  verbose: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'explain',
    'Show the plan: which checks are answered together, and which scans that saves.',
    [
      ['the plan for everything', 'smsfood check explain'],
      ['with the statements', 'smsfood check explain orders --verbose'],
    ],
  );
  withSelectors(withOutput(withDatabase(command)))
    .option('--since <time>', 'the plan of a run with --since')
    .action(
      host.run('check explain', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [checks, { config }, { explainReport }, { planFor }, { configuredGlobals }] = await Promise.all([
          selectedChecks(context, args, options),
          context.loaded(),
          import('../checks/explain-report.js'),
          import('../checks/explain.js'),
          import('../checks/parameters.js'),
        ]);
        const database = await context.database();
        const pool = await database.reading();
        const explained = await planFor(pool, checks, {
          limits: database.limits,
          signal: context.io.signal,
          since: options.since ?? null,
          globals: configuredGlobals(config),
        });
        await emit(
          context,
          explainReport(explained, { sandbox: database.sandbox, statements: options.verbose }),
          options,
        );
        return 0;
      }),
    );
}
