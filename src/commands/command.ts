import type { Argument, Command, Option } from 'commander';
import type { z } from 'zod';
import type { CommonOptions, Context } from '../context.js';
import { SmsfoodError } from '../errors.js';

/** What a command needs from the composition root: to be run with a context of its own. */
export interface Host {
  /** Wraps a handler: makes its context, closes it, and keeps the exit code. */
  run(name: string, handler: Handler): (this: Command) => Promise<void>;
}

/** Does the work of a command. `args` are its positional arguments. Returns the exit code. */
export type Handler = (context: Context, args: readonly string[], options: Record<string, unknown>) => Promise<number>;

/** A command at the top level. Its module is loaded only when it is called, so that `--help` stays quick. */
export interface CommandEntry {
  name: string;
  summary: string;
  load(): Promise<{ define(parent: Command, host: Host): void }>;
}

type Examples = readonly (readonly [what: string, line: string])[];
const EXAMPLES = new WeakMap<Command, Examples>();

/** The examples that a command was started with. */
export function examplesOf(command: Command): Examples {
  return EXAMPLES.get(command) ?? [];
}

/** Starts a command with what all of them share. `examples` stand at the end of its help, one `# what` and `$ line` pair each. */
export function subcommand(parent: Command, usage: string, summary: string, examples: Examples): Command {
  const command = parent
    .command(usage)
    .description(summary)
    .option('--config <file>', 'read this configuration file instead of ./smsfood.config.json')
    .option('-q, --quiet', 'no progress and no hints on standard error')
    .option('-v, --verbose', 'say more, and log at level debug');
  if (examples.length === 0) return command;
  EXAMPLES.set(command, examples);
  const lines = examples.map(([what, line]) => `  # ${what}\n  $ ${line}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}\n`);
}

/** For commands that work with the database. */
export function withDatabase(command: Command): Command {
  return command.option('--sandbox', 'use the sandbox: a throw-away PostgreSQL on this machine');
}

/** Shows the values in help and completes them. Whoever reads the option refuses others, in better words than commander's. */
export function withChoices<T extends Option | Argument>(subject: T, choices: readonly string[]): T {
  subject.argChoices = [...choices];
  return subject;
}

/** The options as a zod schema understands them. Throws USAGE naming the flag. */
export function parseOptions<S extends z.ZodType>(schema: S, options: Record<string, unknown>): z.infer<S> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const flag = `--${String(issue?.path[0] ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new SmsfoodError('USAGE', `${flag}: ${issue?.message}.`, 'See the command with --help.');
}

export function commonOptions(options: Record<string, unknown>): CommonOptions {
  return {
    config: typeof options.config === 'string' ? options.config : undefined,
    sandbox: options.sandbox === true,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
  };
}
