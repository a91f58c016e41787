import type { Command } from 'commander';
import { z } from 'zod';
import { FORMATS, REPORT_FORMATS } from '../output/index.js';
import { SelectorSchema, selectedChecks, withSelectors } from './check-options.js';
import { type Host, parseOptions, subcommand, withOutput } from './command.js';
import { emit } from './emit.js';

const OptionsSchema = SelectorSchema.extend({ format: z.enum(FORMATS), output: z.string().optional() });

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'list', 'List the checks, without a database.', [
    ['all of them', 'smsfood check list'],
    ['what finance owns, as JSON', 'smsfood check list --owner finance --format json'],
  ]);
  withSelectors(withOutput(command, REPORT_FORMATS)).action(
    host.run('check list', async (context, args, raw) => {
      const options = parseOptions(OptionsSchema, raw);
      const checks = await selectedChecks(context, args, options);
      const { listReport } = await import('../checks/list-report.js');
      await emit(context, listReport(checks), options.format, options.output);
      return 0;
    }),
  );
}
