import type { Command } from 'commander';
import { type Host, subcommand, withDatabase } from './command.js';
import { userName } from './user-name.js';

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'refunded',
    'Record that a payment was refunded which `webhooks list --needs-refund` asks for. One that is refunded at Stripe is settled by itself.',
    [['in cash, say', 'smsfood webhooks refunded 4711']],
  );
  withDatabase(command)
    .argument('<event>', 'the event that asks for it, by its id or its key at the provider')
    .addHelpText(
      'after',
      `
It changes no row of the platform, and moves no money.
Exit codes: 0 recorded, 2 unknown event, or one that asks for no refund, 3 not possible.
`,
    )
    .action(
      host.run('webhooks refunded', async (context, args) => {
        const { recordRefund } = await import('../webhooks/refunded.js');
        const { direct, limits } = await context.database();
        const id = await recordRefund(await direct(), args[0] ?? '', {
          runId: context.runId,
          user: userName(),
          limits,
          signal: context.io.signal,
        });
        context.hint(`Event ${id} asks for no refund any more.`);
        return 0;
      }),
    );
}
