import { resolve } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  reveal: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'diff', 'Show which rows of an exported period have changed since.', [
    ['what moved in March after the books were closed?', 'smsfood export diff orders_2026-03_America-New_York.csv'],
  ]);
  withOutput(withDatabase(command))
    .argument('<file>', 'an exported file, or the FILE.manifest.json beside it')
    .option('--reveal', 'show the values of personal columns')
    .addHelpText(
      'after',
      `
The rows are read again and compared with the digests of each day (or month) in the manifest, so that no change is missed,
with or without a new updatedAt. With the csv or jsonl file beside its manifest, each row that was added, removed or
changed is shown with its columns; without it, the days are.
Exit codes: 0 nothing has changed, 1 something has, 2 wrong usage or no manifest, 3 not possible.
`,
    )
    .action(
      host.run('export diff', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ readManifest }, { diffRows }, { reselect }, { diffReport }] = await Promise.all([
          import('../exports/manifest.js'),
          import('../exports/diff.js'),
          import('../exports/reselect.js'),
          import('../exports/report.js'),
        ]);
        const { manifest, file } = await readManifest(resolve(context.io.cwd, args[0] ?? ''));
        const database = await context.database();
        const access = { limits: database.limits, signal: context.io.signal };
        const pool = await database.reading();
        const { selection, diff } = await context.progress(async (tell) => {
          tell(`Reading ${manifest.dataset} again`);
          const chosen = await reselect(pool, manifest, access);
          const found = await diffRows(pool, chosen, manifest, file, access);
          return { selection: chosen, diff: found };
        });
        const shown = { reveal: options.reveal, sandbox: database.sandbox };
        await emit(context, diffReport(selection, manifest, diff, shown), options);
        return diff.slices.length > 0 ? 1 : 0;
      }),
    );
}
