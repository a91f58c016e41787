import type { Command } from 'commander';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'explain',
    "Show the orders behind one customer's totals, and every change that smsfood made to them.",
    [['why does it say 7 orders?', 'smsfood reconcile explain cmgwymok2000afy3db0oqt13z']],
  );
  withOutput(withDatabase(command))
    .argument('<customer>', 'id or phone number of the customer')
    .addHelpText(
      'after',
      '\nExit codes: 0 the totals are right, 1 they are wrong, 2 unknown customer, 3 not possible.\n',
    )
    .action(
      host.run('reconcile explain', async (context, args, raw) => {
        const options = parseOptions(OutputSchema, raw);
        const [{ explainTotals }, { explainExitCode, explainReport }, { inSession }, { config }] = await Promise.all([
          import('../reconcile/explain.js'),
          import('../reconcile/explain-report.js'),
          import('../db/session.js'),
          context.loaded(),
        ]);
        const { direct, limits, sandbox } = await context.database();
        const explained = await inSession(
          await direct(),
          { mode: 'read', limits, signal: context.io.signal },
          (session) => explainTotals(session, args[0] ?? '', config.soldStatuses),
        );
        await emit(context, explainReport(explained, sandbox), options);
        return explainExitCode(explained);
      }),
    );
}
