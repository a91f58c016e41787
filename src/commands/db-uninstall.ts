import type { Command } from 'commander';
import { grouped } from '../words.js';
import { type Host, subcommand, withDatabase } from './command.js';

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'uninstall',
    'Remove the schema ops with all history. Shows what would go, and does it with --apply.',
    [
      ['what would be lost?', 'smsfood db uninstall'],
      ['remove it', 'smsfood db uninstall --apply'],
    ],
  );
  withDatabase(command)
    .option('--apply', 'really remove it')
    .action(
      host.run('db uninstall', async (context, _args, options) => {
        const { opsStatus, opsTables, uninstallOps } = await import('../db/migrations.js');
        const { limits, direct } = await context.database();
        const work = { limits, signal: context.io.signal };
        const { stdout } = context.io;
        const status = await opsStatus(await direct(), work);
        if (!status.installed) {
          stdout.write('The schema ops is not installed; there is nothing to remove.\n');
          return 0;
        }
        const counted = await opsTables(await direct(), work);
        const tables = counted.map(({ name, rows }) => `  ops.${name}: ${grouped(rows)} rows\n`).join('');
        if (options.apply !== true) {
          stdout.write(
            `Would remove the schema ops:\n${tables}Nothing was changed. Add --apply to remove it for good.\n`,
          );
          return 0;
        }
        await uninstallOps(await direct(), work);
        stdout.write(`Removed the schema ops:\n${tables}`);
        return 0;
      }),
    );
}
