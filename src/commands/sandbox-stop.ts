import type { Command } from 'commander';
import { type Host, subcommand } from './command.js';
import { place } from './sandbox-place.js';

export function define(parent: Command, host: Host): void {
  subcommand(parent, 'stop', 'Stop the sandbox. Its data stays.', [['stop it', 'smsfood sandbox stop']]).action(
    host.run('sandbox stop', async (context) => {
      const { stopSandbox } = await import('../sandbox/server.js');
      const wasRunning = await stopSandbox(await place(context));
      context.io.stdout.write(
        wasRunning ? 'The sandbox is stopped. Its data stays.\n' : 'The sandbox was not running.\n',
      );
      return 0;
    }),
  );
}
