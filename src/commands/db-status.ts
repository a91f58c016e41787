import type { Command } from 'commander';
import type { Table } from '../report.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'status', 'Say whether the schema ops is installed, complete and unchanged.', [
    ['is there a history?', 'smsfood db status'],
  ]);
  withOutput(withDatabase(command)).action(
    host.run('db status', async (context, _args, raw) => {
      const options = parseOptions(OutputSchema, raw);
      const { opsStatus } = await import('../db/migrations.js');
      const database = await context.database();
      const status = await opsStatus(await database.direct(), { limits: database.limits, signal: context.io.signal });
      const rows = [
        ...status.applied.map(({ name, appliedAt }) => ({
          migration: name,
          state: status.changed.includes(name) ? 'changed' : 'applied',
          at: appliedAt,
        })),
        ...status.pending.map((name) => ({ migration: name, state: 'pending', at: null })),
      ];
      const table: Table = {
        columns: [
          { key: 'migration', label: 'Migration', kind: 'id' },
          { key: 'state', label: 'State', kind: 'text' },
          { key: 'at', label: 'Applied', kind: 'time' },
        ],
        rows,
      };
      const advice = !status.installed
        ? 'Not installed. `smsfood db install` creates the schema ops.'
        : status.changed.length > 0
          ? 'Made by other migrations than those of this version of smsfood.'
          : status.pending.length > 0
            ? 'Incomplete. `smsfood db install` applies what is pending.'
            : 'Installed and up to date.';
      await emit(
        context,
        {
          name: 'db status',
          document: { schema: 'smsfood.db-status/1', ...status },
          table,
          sections: [{ table }, { lines: [advice] }],
          sandbox: database.sandbox,
        },
        options,
      );
      return status.changed.length > 0 ? 3 : 0;
    }),
  );
}
