import type { Command } from 'commander';
import { type Host, subcommand } from './command.js';
import { place } from './sandbox-place.js';

export function define(parent: Command, host: Host): void {
  subcommand(parent, 'reset', 'Stop the sandbox and delete its data for good.', [
    ['begin anew', 'smsfood sandbox reset'],
  ]).action(
    host.run('sandbox reset', async (context) => {
      const { resetSandbox } = await import('../sandbox/server.js');
      await resetSandbox(await place(context));
      context.io.stdout.write('The sandbox and its data are gone. `smsfood sandbox start` makes a new one.\n');
      return 0;
    }),
  );
}
