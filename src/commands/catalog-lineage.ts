import type { Command } from 'commander';
import * as z from 'zod';
import type { CatalogTable } from '../catalog/catalog.js';
import type { Lineage } from '../catalog/lineage.js';
import type { RowLineage } from '../catalog/lineage-row.js';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { watchingChecks } from './catalog-checks.js';
import { loadCatalog } from './catalog-source.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  row: z.string().min(1, 'is empty').optional(),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'lineage',
    'Where a column comes from, who may write it, what reads it and which checks watch it; with --row, the rows and changes behind one value.',
    [
      ['where does it come from?', 'smsfood catalog lineage customers.totalSpent'],
      ['and this one?', 'smsfood catalog lineage customers.totalSpent --row cmgwymok2000afy3db0oqt13z'],
      ['every column that is made of others', 'smsfood catalog lineage'],
    ],
  );
  withOutput(withDatabase(command))
    .argument('[column]', 'table.column, such as customers.totalSpent; all that are made of others when none is given')
    .option(
      '--row <id>',
      'the value of one row: what it is made of, and what the ledger says of it (asks the database)',
    )
    .action(
      host.run('catalog lineage', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [wanted] = args;
        if (options.row !== undefined && wanted === undefined)
          throw new SmsfoodError('USAGE', '--row is a row of a column, and none is named.', 'Name it as table.column.');
        const { catalog, sandbox } = await loadCatalog(context, { offline: options.row === undefined });
        const { checks } = await watchingChecks(context, catalog.tables);
        const [{ derivedColumns, lineageOf }, { lineageReport, lineagesReport }] = await Promise.all([
          import('../catalog/lineage.js'),
          import('../catalog/lineage-report.js'),
        ]);
        if (wanted === undefined) {
          await emit(context, lineagesReport(derivedColumns(catalog.tables, checks)), options);
          return 0;
        }
        const lineage = lineageOf(catalog.tables, checks, wanted);
        const row = options.row === undefined ? null : await readRow(context, catalog.tables, lineage, options.row);
        await emit(context, lineageReport(lineage, row, sandbox), options);
        return 0;
      }),
    );
}

async function readRow(
  context: Context,
  tables: readonly CatalogTable[],
  lineage: Lineage,
  id: string,
): Promise<RowLineage> {
  const [{ readRowLineage }, { inSession }] = await Promise.all([
    import('../catalog/lineage-row.js'),
    import('../db/session.js'),
  ]);
  const { reading, limits } = await context.database();
  return inSession(await reading(), { mode: 'read', limits, signal: context.io.signal }, (session) =>
    readRowLineage(session, tables, lineage, id),
  );
}
