import type { WatchingCheck } from '../catalog/coverage.js';
import type { KnownTable } from '../catalog/known-schema.js';
import type { Context } from '../context.js';
import { selectedChecks } from './check-options.js';

/** The checks that are switched on, with the columns that each of them watches, and the ids of the others. */
export async function watchingChecks(
  context: Context,
  tables: readonly Pick<KnownTable, 'name' | 'columns'>[],
  directories: readonly string[] = [],
): Promise<{ checks: WatchingCheck[]; switchedOff: string[] }> {
  const [selected, { judgedColumns }] = await Promise.all([
    selectedChecks(context, [], { dimension: [], level: [], owner: [], checks: [...directories], param: [] }),
    import('../checks/judged-columns.js'),
  ]);
  const columns = new Map(tables.map((table) => [table.name, table.columns.map(({ name }) => name)]));
  return {
    checks: selected
      .filter(({ enabled }) => enabled)
      .map((check) => ({ id: check.id, dimension: check.dimension, columns: judgedColumns(check, columns) })),
    switchedOff: selected.filter(({ enabled }) => !enabled).map(({ id }) => id),
  };
}
