import type { Command } from 'commander';
import * as z from 'zod';
import { settingsOf } from '../settings.js';
import { type Host, parseOptions, subcommand } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';
import { settingsSection } from './settings-section.js';

const OptionsSchema = OutputSchema.extend({
  origin: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'show', 'Print the configuration in force, secrets masked, without a database.', [
    ['what is in force?', 'smsfood config show'],
    ['and where does each value come from?', 'smsfood config show --origin'],
    ['of another file', 'smsfood config show --origin --config ./staging.json'],
  ]);
  withOutput(command)
    .option('--origin', 'say where each value comes from: a default, the file, an environment variable or a flag')
    .addHelpText(
      'after',
      `
Flags come before the environment, that before the file, and that before the defaults. \`smsfood doctor\` also tries the
database. Exit codes: 0 done, 2 the configuration is not valid: the file, the key and the mistake are named.
`,
    )
    .action(
      host.run('config show', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const loaded = await context.loaded();
        const section = settingsSection(settingsOf(loaded), loaded.file, options.origin);
        const report = {
          name: 'config show',
          document: { schema: 'smsfood.config/1', configFile: loaded.file, settings: section.table.rows },
          table: section.table,
          sections: [section],
          sandbox: false,
        };
        await emit(context, report, options);
        return 0;
      }),
    );
}
