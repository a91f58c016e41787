import type { Command } from 'commander';
import * as z from 'zod';
import { SmsfoodError } from '../errors.js';
import { SelectorSchema, selectedChecks } from './check-options.js';
import { type Host, parseOptions, subcommand } from './command.js';
import { emit } from './emit.js';
import { instant } from './instant.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = SelectorSchema.extend({
  ...OutputSchema.shape,
  sql: z.boolean().default(false),
  asOf: instant.optional(),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'show', 'Explain one check: its rule, thresholds, parameters and SQL.', [
    ['why it matters and what to do', 'smsfood check show orders.stale-pending'],
    ['run the very statement in psql', 'smsfood check show orders.stale-pending --sql | psql "$DATABASE_URL"'],
  ]);
  withOutput(command)
    .argument('<check>', 'id of the check')
    .option('--sql', 'print the statement with its parameters set, ready for psql')
    .option('--as-of <time>', 'with --sql: the clock of the statement (default: the database clock)')
    .option('--checks <dir>', 'also read the checks of this folder')
    .option('--param <check.name=value>', 'give a parameter another value')
    .action(
      host.run('check show', async (context, args, raw) => {
        const listed = { ...raw, checks: toList(raw.checks), param: toList(raw.param) };
        const options = parseOptions(OptionsSchema, listed);
        const [{ config }, { psqlScript, showReport }, { configuredGlobals }] = await Promise.all([
          context.loaded(),
          import('../checks/show-report.js'),
          import('../checks/parameters.js'),
        ]);
        const [check, ...others] = await selectedChecks(context, args, options);
        if (check === undefined || others.length > 0) {
          throw new SmsfoodError(
            'USAGE',
            `"${args[0]}" names ${others.length + 1} checks; give the id of one.`,
            'List them with `smsfood check list`.',
          );
        }
        const globals = { ...configuredGlobals(config), now: options.asOf ?? null };
        if (options.sql) context.io.stdout.write(psqlScript(check, globals));
        else await emit(context, showReport(check), options);
        return 0;
      }),
    );
}

function toList(value: unknown): unknown {
  return typeof value === 'string' ? [value] : value;
}
