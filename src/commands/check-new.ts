import { type Command, Option } from 'commander';
import * as z from 'zod';
import { DIMENSIONS, LEVELS } from '../checks/check.js';
import { type Host, parseOptions, subcommand, withChoices } from './command.js';

const OptionsSchema = z.object({
  dir: z.string().default('checks'),
  entity: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/, 'must be the name of a table')
    .optional(),
  dimension: z.enum(DIMENSIONS).default('validity'),
  level: z.enum(LEVELS).default('fail'),
});

export function define(parent: Command, host: Host): void {
  subcommand(parent, 'new', 'Write the file of a new check, ready to be edited.', [
    ['creates ./checks/orders/tip-negative.sql', 'smsfood check new orders.tip-negative --entity orders'],
    ['then run it with the others', 'smsfood check --checks ./checks orders.tip-negative'],
  ])
    .argument('<id>', '<domain>.<slug>, lower case')
    .option('--dir <dir>', 'folder of your checks (default: checks)')
    .option('--entity <table>', 'table whose rows are judged (default: the domain)')
    .addOption(withChoices(new Option('--dimension <name>', 'its dimension (default: validity)'), DIMENSIONS))
    .addOption(withChoices(new Option('--level <level>', 'what a violation is (default: fail)'), LEVELS))
    .action(
      host.run('check new', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, { ...raw, dimension: last(raw.dimension), level: last(raw.level) });
        const { createCheckFile } = await import('../checks/new-file.js');
        const file = await createCheckFile({ ...options, id: args[0] ?? '', cwd: context.io.cwd });
        context.io.stdout.write(`${file}\n`);
        context.hint(`Edit it, then run: smsfood check --checks ${options.dir} ${args[0]}`);
        return 0;
      }),
    );
}

/** `check` has repeatable options of the same names, and commander gives it what is meant for this command. */
function last(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : value;
}
