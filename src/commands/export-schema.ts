import { Argument, type Command } from 'commander';
import { SmsfoodError } from '../errors.js';
import { DATASET_NAMES } from '../exports/dataset.js';
import { type Host, parseOptions, subcommand, withChoices } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'schema', 'Show the columns of an export: their types and what they mean.', [
    ['what is in the orders file?', 'smsfood export schema orders'],
  ]);
  withOutput(command)
    .addArgument(withChoices(new Argument('<name>', 'name of the export'), DATASET_NAMES))
    .action(
      host.run('export schema', async (context, args, raw) => {
        const options = parseOptions(OutputSchema, raw);
        const [{ DATASETS }, { schemaReport }, { suggestion }] = await Promise.all([
          import('../exports/datasets/index.js'),
          import('../exports/report.js'),
          import('../nearest.js'),
        ]);
        const name = DATASET_NAMES.find((each) => each === args[0]);
        if (name === undefined)
          throw new SmsfoodError('USAGE', `There is no export "${args[0]}".`, suggestion(args[0] ?? '', DATASET_NAMES));
        await emit(context, schemaReport(DATASETS[name]), options);
        return 0;
      }),
    );
}
