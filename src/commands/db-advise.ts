import type { Command } from 'commander';
import type { Advice } from '../db/advise.js';
import type { Column, Report } from '../report.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'advise',
    "Print the indexes that would make smsfood quicker. The platform's tables are its owners': smsfood makes none itself.",
    [['what is missing, and for what?', 'smsfood db advise']],
  );
  withOutput(withDatabase(command)).action(
    host.run('db advise', async (context, _args, raw) => {
      const options = parseOptions(OutputSchema, raw);
      const [{ adviseIndexes }, { inSession }] = await Promise.all([
        import('../db/advise.js'),
        import('../db/session.js'),
      ]);
      const { direct, limits, sandbox } = await context.database();
      const advice = await inSession(
        await direct(),
        { mode: 'read', limits, signal: context.io.signal },
        adviseIndexes,
      );
      await emit(context, adviceReport(advice, sandbox), options);
      return 0;
    }),
  );
}

function adviceReport(advice: readonly Advice[], sandbox: boolean): Report {
  const rows = advice.map(({ table, column, state, estimatedBytes, why, sql }) => ({
    index: `${table} ("${column}")`,
    state,
    size: estimatedBytes === null ? null : `${Math.max(1, Math.round(estimatedBytes / 2 ** 20))} MB`,
    why,
    sql,
  }));
  const columns: Column[] = [
    { key: 'index', label: 'Index', kind: 'id' },
    { key: 'state', label: 'State', kind: 'text' },
    { key: 'size', label: 'About', kind: 'text' },
    { key: 'why', label: 'With it', kind: 'text' },
  ];
  const missing = rows.flatMap(({ sql }) => (sql === null ? [] : [sql]));
  return {
    name: 'db advise',
    document: { schema: 'smsfood.db-advise/1', indexes: advice },
    table: { columns: [...columns, { key: 'sql', label: 'SQL', kind: 'text' }], rows },
    sections: [
      { table: { columns, rows } },
      missing.length === 0
        ? { lines: ['Nothing is missing.'] }
        : { title: 'For the owner of the tables, one at a time, outside of a transaction', lines: missing },
    ],
    sandbox,
  };
}
