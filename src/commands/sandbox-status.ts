import type { Command } from 'commander';
import { type Host, subcommand } from './command.js';
import { place, printState } from './sandbox-place.js';

export function define(parent: Command, host: Host): void {
  subcommand(parent, 'status', 'Say whether the sandbox runs, and where.', [
    ['is it running?', 'smsfood sandbox status'],
    ['open it with psql', 'psql "$(smsfood sandbox status --reveal | sed -n \'s/^url *//p\')"'],
  ])
    .option('--reveal', 'show the password in the URL')
    .action(
      host.run('sandbox status', async (context, _args, options) => {
        const { sandboxState } = await import('../sandbox/server.js');
        printState(context, await sandboxState(await place(context)), options.reveal === true);
        return 0;
      }),
    );
}
