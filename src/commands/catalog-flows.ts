import type { Command } from 'commander';
import { type Host, parseOptions, subcommand } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'flows',
    'How data comes about and where it goes, as Mermaid diagrams: order, stripe, sms, delivery, nightly. Needs no database.',
    [
      ['all of them, for a page', 'smsfood catalog flows --format markdown'],
      ['what a Stripe webhook changes', 'smsfood catalog flows stripe'],
    ],
  );
  withOutput(command)
    .argument('[flows...]', 'order, stripe, sms, delivery, nightly; all when none is given')
    .action(
      host.run('catalog flows', async (context, args, raw) => {
        const options = parseOptions(OutputSchema, raw);
        const [{ findFlows }, { diagramReport }] = await Promise.all([
          import('../catalog/flows.js'),
          import('../catalog/diagram-report.js'),
        ]);
        const report = diagramReport('catalog flows', findFlows(args), { notes: [], sandbox: false });
        await emit(context, report, options);
        return 0;
      }),
    );
}
