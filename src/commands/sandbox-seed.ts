import { type Command, Option } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import { GENERATIONS } from '../db/catalog.js';
import { DAMAGE_LEVELS } from '../sandbox/seed/options.js';
import { grouped } from '../words.js';
import { type Host, parseOptions, subcommand } from './command.js';
import { instant } from './instant.js';

const count = (least: number) => z.coerce.number().pipe(z.int().min(least));

const OptionsSchema = z.object({
  customers: count(1).default(2_000),
  orders: count(0).default(10_000),
  days: count(1).default(120),
  damage: z.enum(DAMAGE_LEVELS).default('realistic'),
  generation: z.enum(GENERATIONS).default('production'),
  seed: count(0).default(1),
  asOf: instant.optional(),
});

export function define(parent: Command, host: Host): void {
  subcommand(parent, 'seed', 'Replace what is in the sandbox by a marketplace made up from a seed number.', [
    ['a small one with the usual damage', 'smsfood sandbox seed'],
    ['a large clean one', 'smsfood sandbox seed --customers 200000 --orders 1000000 --days 730 --damage none'],
  ])
    .option('--customers <n>', 'how many customers (default: 2000)')
    .option('--orders <n>', 'how many orders; messages are about three times as many (default: 10000)')
    .option('--days <n>', 'length of the history (default: 120)')
    .addOption(new Option('--damage <how>', 'what is wrong in it (default: realistic)').choices(DAMAGE_LEVELS))
    .addOption(new Option('--generation <which>', 'schema of the platform (default: production)').choices(GENERATIONS))
    .option('--seed <n>', 'the same number makes the same marketplace (default: 1)')
    .option('--as-of <time>', 'end of the history (default: now)')
    .action(host.run('sandbox seed', async (context, _args, raw) => seed(context, parseOptions(OptionsSchema, raw))));
}

async function seed(context: Context, options: z.infer<typeof OptionsSchema>): Promise<number> {
  const [{ seedSandbox }, { config }] = await Promise.all([import('../sandbox/marketplace.js'), context.loaded()]);
  const database = await context.sandbox();
  const { asOf, generation, ...size } = options;
  const pool = await database.direct();
  const summary = await context.progress((tell) =>
    seedSandbox(
      pool,
      generation,
      { ...size, now: asOf === undefined ? new Date() : new Date(asOf), timezone: config.timezone },
      { limits: database.limits, signal: context.io.signal },
      ({ table, rows, of }) => tell(`Writing ${table}: ${grouped(rows)} of ${grouped(of)}`),
    ),
  );
  const lines = Object.entries(summary.tables).map(
    ([table, rows]) => `${table.padEnd(24)}${grouped(rows).padStart(12)}\n`,
  );
  const kinds = summary.damage.length;
  context.io.stdout.write(`${lines.join('')}${kinds === 0 ? 'No damage.' : `${kinds} kinds of damage.`}\n`);
  return 0;
}
