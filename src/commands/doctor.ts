import type { Command } from 'commander';
import * as z from 'zod';
import type { LoadedConfig } from '../config.js';
import type { Config } from '../config-schema.js';
import type { Context } from '../context.js';
import type { Diagnosis } from '../db/diagnose.js';
import { SmsfoodError } from '../errors.js';
import type { Report, Table } from '../report.js';
import { settingsOf } from '../settings.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';
import { settingsSection } from './settings-section.js';

const OptionsSchema = OutputSchema.extend({
  sandbox: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'doctor',
    'Explain the configuration in force, reach the database, and say what to fix.',
    [
      ['is everything all right?', 'smsfood doctor'],
      ['and in the sandbox?', 'smsfood doctor --sandbox'],
    ],
  );
  withOutput(withDatabase(command)).action(
    host.run('doctor', async (context, _args, raw) => {
      const options = parseOptions(OptionsSchema, raw);
      const loaded = await context.loaded();
      const places = await placesToLookAt(context, loaded.config, options.sandbox);
      const { diagnose } = await import('../db/diagnose.js');
      const found: (Diagnosis & { database: string })[] = [];
      let trouble: SmsfoodError | undefined;
      for (const url of places) {
        try {
          const list = await diagnose(url, loaded.config, `smsfood/doctor/${context.runId}`, context.io.signal);
          found.push(...list.map((each) => ({ ...each, database: url.name })));
        } catch (error) {
          context.io.signal.throwIfAborted();
          if (!(error instanceof SmsfoodError)) throw error;
          trouble = error;
          found.push({
            database: url.name,
            title: 'connection',
            status: 'fail',
            detail: error.message,
            fix: error.hint ?? null,
          });
        }
      }
      await emit(context, report(loaded, found, options.sandbox), options);
      return trouble !== undefined || found.some(({ status }) => status === 'fail') ? 3 : 0;
    }),
  );
}

/** Every URL that is configured, once. */
async function placesToLookAt(context: Context, config: Config, sandbox: boolean) {
  const [{ databaseUrls }, { parseDatabaseUrl }] = await Promise.all([
    import('../db/database.js'),
    import('../db/url.js'),
  ]);
  if (sandbox) return [(await (await context.sandbox()).direct()).url];
  databaseUrls(config, null); // throws where none is configured
  const named = { DATABASE_URL: config.databaseUrl, DIRECT_URL: config.directUrl, REPLICA_URL: config.replicaUrl };
  return Object.entries(named).flatMap(([name, url]) => (url === undefined ? [] : [parseDatabaseUrl(url, name)]));
}

function report(loaded: LoadedConfig, found: readonly (Diagnosis & { database: string })[], sandbox: boolean): Report {
  const { file } = loaded;
  const settings = settingsOf(loaded).filter(({ value }) => value !== null);
  const table: Table = {
    columns: [
      { key: 'status', label: 'Status', kind: 'status' },
      { key: 'database', label: 'Database', kind: 'text' },
      { key: 'title', label: 'What', kind: 'text' },
      { key: 'detail', label: 'Seen', kind: 'text' },
    ],
    rows: found.map(({ status, database, title, detail, fix }) => ({ status, database, title, detail, fix })),
  };
  const fixes = found.flatMap(({ fix, database, title }) => (fix === null ? [] : [`- ${database}, ${title}: ${fix}`]));
  return {
    name: 'doctor',
    document: { schema: 'smsfood.doctor/1', configFile: file, settings, findings: found, node: process.version },
    table: { ...table, columns: [...table.columns, { key: 'fix', label: 'Fix', kind: 'text' }] },
    sections: [
      settingsSection(settings, file, true),
      { title: 'Database', table },
      { lines: fixes.length === 0 ? ['Nothing to fix.'] : ['To fix:', ...fixes] },
    ],
    sandbox,
  };
}
