import type { Command } from 'commander';
import { type Host, subcommand } from './command.js';
import { place, printState } from './sandbox-place.js';

export function define(parent: Command, host: Host): void {
  subcommand(parent, 'start', 'Start the sandbox, or find the one that runs.', [
    ['start it', 'smsfood sandbox start'],
  ]).action(
    host.run('sandbox start', async (context) => {
      const { startSandbox } = await import('../sandbox/server.js');
      const state = await startSandbox(await place(context), { signal: context.io.signal });
      printState(context, state, false);
      context.hint('`smsfood sandbox seed` fills it anew; `smsfood check --sandbox` judges it.');
      return 0;
    }),
  );
}
