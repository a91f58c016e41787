import type { Command } from 'commander';
import { z } from 'zod';
import { FORMATS, REPORT_FORMATS } from '../output/index.js';
import { type Host, parseOptions, subcommand, withOutput } from './command.js';
import { emit } from './emit.js';

const OptionsSchema = z.object({ format: z.enum(FORMATS), output: z.string().optional() });

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
  withOutput(command, REPORT_FORMATS)
    .argument('[flows...]', 'order, stripe, sms, delivery, nightly; all when none is given')
    .action(
      host.run('catalog flows', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ findFlows }, { diagramReport }] = await Promise.all([
          import('../catalog/flows.js'),
          import('../catalog/diagram-report.js'),
        ]);
        const report = diagramReport('catalog flows', findFlows(args), { notes: [], sandbox: false });
        await emit(context, report, options.format, options.output);
        return 0;
      }),
    );
}
