import type { Command } from 'commander';
import * as z from 'zod';
import { watchingChecks } from './catalog-checks.js';
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
    'dictionary',
    'The data dictionary: each table and column with its meaning, rule, type, null share, distinct values, personal-data tag, owner, checks and writers.',
    [
      ['what is in this database?', 'smsfood catalog dictionary'],
      ['one table', 'smsfood catalog dictionary customers'],
      ['a page for a browser', 'smsfood catalog dictionary --format html --output dictionary.html'],
      ['without a database', 'smsfood catalog dictionary --offline --format markdown'],
    ],
  );
  withOutput(withDatabase(command))
    .argument('[tables...]', 'tables, such as customers or ops.runs; all when none is given')
    .option(
      '--offline',
      'ask no database: both generations as smsfood knows them, without null shares and distinct values',
    )
    .action(
      host.run('catalog dictionary', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ catalog, sandbox }, { dictionaryReport }, { findTables }] = await Promise.all([
          loadCatalog(context, options),
          import('../catalog/dictionary-report.js'),
          import('../catalog/find.js'),
        ]);
        const tables = findTables(catalog.tables, args);
        const { checks } = await watchingChecks(context, catalog.tables);
        await emit(context, dictionaryReport(catalog, tables, { checks, sandbox }), options);
        return 0;
      }),
    );
}
