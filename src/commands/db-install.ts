import type { Command } from 'commander';
import { type Host, subcommand, withDatabase } from './command.js';

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'install',
    'Create or complete the schema ops, in one transaction. Doing it again changes nothing.',
    [['before the first run with history', 'smsfood db install']],
  );
  withDatabase(command).action(
    host.run('db install', async (context) => {
      const { installOps } = await import('../db/migrations.js');
      const { limits, direct } = await context.database();
      const applied = await installOps(await direct(), { limits, signal: context.io.signal });
      context.io.stdout.write(
        applied.length === 0
          ? 'The schema ops is up to date.\n'
          : `Applied to the schema ops: ${applied.join(', ')}.\n`,
      );
      return 0;
    }),
  );
}
