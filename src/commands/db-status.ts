import type { Command } from 'commander';
import type { OpsStatus } from '../db/migrations.js';
import type { Report, Table } from '../report.js';
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
      await emit(context, statusReport(status, database.sandbox), options);
      return status.changed.length > 0 ? 3 : 0;
    }),
  );
}

function statusReport(status: OpsStatus, sandbox: boolean): Report {
  const table: Table = {
    columns: [
      { key: 'migration', label: 'Migration', kind: 'id' },
      { key: 'state', label: 'State', kind: 'text' },
      { key: 'at', label: 'Applied', kind: 'time' },
    ],
    rows: [
      ...status.applied.map(({ name, appliedAt }) => ({
        migration: name,
        state: status.changed.includes(name) ? 'changed' : 'applied',
        at: appliedAt,
      })),
      ...status.pending.map((name) => ({ migration: name, state: 'pending', at: null })),
    ],
  };
  return {
    name: 'db status',
    document: { schema: 'smsfood.db-status/1', ...status },
    table,
    sections: [{ table }, { lines: [adviceOn(status)] }],
    sandbox,
  };
}

function adviceOn({ installed, changed, pending }: OpsStatus): string {
  if (!installed) return 'Not installed. `smsfood db install` creates the schema ops.';
  if (changed.length > 0) return 'Made by other migrations than those of this version of smsfood.';
  if (pending.length > 0) return 'Incomplete. `smsfood db install` applies what is pending.';
  return 'Installed and up to date.';
}
