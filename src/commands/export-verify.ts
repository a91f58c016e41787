import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'verify',
    'Compare a file with its manifest, and the manifest with the database as it is now.',
    [['does March still tie out?', 'smsfood export verify orders_2026-03_America-New_York.csv']],
  );
  withOutput(withDatabase(command))
    .argument('<file>', 'an exported file, or the FILE.manifest.json beside it')
    .addHelpText(
      'after',
      `
The file is compared byte by byte (its size, its sha256), the database by rows and sums of each money column, in all and
by day or month. A change that moves neither is seen by \`smsfood export diff\`.
Exit codes: 0 all is equal, 1 something differs, 2 wrong usage or no manifest, 3 not possible.
`,
    )
    .action(
      host.run('export verify', async (context, args, raw) => {
        const options = parseOptions(OutputSchema, raw);
        const [{ readManifest }, { verifyDatabase, verifyFile }, { reselect }, { verifyReport }] = await Promise.all([
          import('../exports/manifest.js'),
          import('../exports/verify.js'),
          import('../exports/reselect.js'),
          import('../exports/report.js'),
        ]);
        const { manifest, file } = await readManifest(resolve(context.io.cwd, args[0] ?? ''));
        const database = await context.database();
        const access = { limits: database.limits, signal: context.io.signal };
        const pool = await database.reading();
        const comparisons = [
          ...(await verifyFile(file, manifest, context.io.signal)),
          ...(await verifyDatabase(pool, await reselect(pool, manifest, access), manifest, access)),
        ];
        await emit(context, verifyReport(manifest, comparisons, database.sandbox), options);
        return comparisons.every(({ isEqual }) => isEqual) ? 0 : 1;
      }),
    );
}
