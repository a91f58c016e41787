import type { Command } from 'commander';
import * as z from 'zod';
import { loadCatalog } from './catalog-source.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  offline: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'erd',
    'Entity-relationship diagrams in the language of Mermaid: tables, columns, keys, and what leads from one to another. Dotted lines have no foreign key.',
    [
      ['the tables of this database', 'smsfood catalog erd --format markdown --output erd.md'],
      ['orders and what is around them', 'smsfood catalog erd orders customers menus business_customers'],
      ['without a database', 'smsfood catalog erd --offline'],
    ],
  );
  withOutput(withDatabase(command))
    .argument('[tables...]', 'only these tables; all when none is given, the schema ops in a diagram of its own')
    .option('--offline', 'ask no database: both generations as smsfood knows them')
    .action(
      host.run('catalog erd', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ catalog, sandbox }, { entityDiagrams }, { diagramReport }, { findTables }] = await Promise.all([
          loadCatalog(context, options),
          import('../catalog/erd.js'),
          import('../catalog/diagram-report.js'),
          import('../catalog/find.js'),
        ]);
        findTables(catalog.tables, args);
        const { source, generation, notes } = catalog;
        const report = diagramReport('catalog erd', entityDiagrams(catalog, args), {
          facts: { source, generation },
          notes,
          sandbox,
        });
        await emit(context, report, options);
        return 0;
      }),
    );
}
