import type { Command } from 'commander';
import * as z from 'zod';
import { watchingChecks } from './catalog-checks.js';
import { collect } from './check-options.js';
import { type Host, parseOptions, subcommand } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  checks: z.array(z.string()).default([]),
  min: z.coerce
    .number({ error: 'is no percentage, such as 80' })
    .pipe(z.number().min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100'))
    .optional(),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'coverage',
    'Which columns and relations of the platform no check watches, by the SQL of the checks. Needs no database.',
    [
      ['what is not watched?', 'smsfood catalog coverage'],
      ['in CI', 'smsfood catalog coverage --min 80'],
      ['with checks of your own', 'smsfood catalog coverage --checks ./checks'],
    ],
  );
  withOutput(command)
    .option('--min <percent>', 'exit 1 where fewer of the columns with a business rule are watched')
    .option('--checks <dir>', 'also read the checks of this folder (repeatable)', collect())
    .addHelpText(
      'after',
      `
A column is watched where the verdict of a check depends on it: in its conditions, joins and groups, through subqueries
and WITH. One that a check only shows is not. schema.drift watches that columns exist and keep their types; that is not counted.
Exit codes: 0 done, 1 less than --min, 2 wrong usage or check file.
`,
    )
    .action(
      host.run('catalog coverage', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ readKnownSchema }, { coverageOf }, { coverageExitCode, coverageReport }] = await Promise.all([
          import('../catalog/known-schema.js'),
          import('../catalog/coverage.js'),
          import('../catalog/coverage-report.js'),
        ]);
        const tables = readKnownSchema();
        const { checks, switchedOff } = await watchingChecks(context, tables, options.checks);
        const coverage = coverageOf(tables, checks);
        const min = options.min ?? null;
        const report = coverageReport(coverage, { min, checks: checks.length, switchedOff });
        await emit(context, report, options);
        return coverageExitCode(coverage, min);
      }),
    );
}
