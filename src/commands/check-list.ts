import type { Command } from 'commander';
import { SelectorSchema, selectedChecks, withSelectors } from './check-options.js';
import { type Host, parseOptions, subcommand } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = SelectorSchema.extend(OutputSchema.shape);

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'list', 'List the checks, without a database.', [
    ['all of them', 'smsfood check list'],
    ['what finance owns, as JSON', 'smsfood check list --owner finance --format json'],
  ]);
  withSelectors(withOutput(command)).action(
    host.run('check list', async (context, args, raw) => {
      const options = parseOptions(OptionsSchema, raw);
      const checks = await selectedChecks(context, args, options);
      const { listReport } = await import('../checks/list-report.js');
      await emit(context, listReport(checks), options);
      return 0;
    }),
  );
}
