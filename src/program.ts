import { Command, CommanderError } from 'commander';
import { commonOptions, type Handler, type Host } from './commands/command.js';
import { COMMANDS } from './commands/index.js';
import { describeCommand } from './commands/tree.js';
import type { CommandNode } from './completion/command-node.js';
import { createContext, type Io, type Output } from './context.js';
import { SmsfoodError } from './errors.js';
import { packageVersion } from './package-root.js';

/** Runs the command that the arguments name. Returns its exit code; throws USAGE where they make no sense. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const host: Host = {
    run: (name, handler) =>
      async function (this: Command) {
        exitCode = await runHandler(io, name, handler, this);
      },
  };
  const program = createProgram(io);
  const wanted = argv.find((argument) => !argument.startsWith('-'));
  await refuseUnknown(wanted);
  for (const entry of COMMANDS) {
    if (entry.name === wanted) (await entry.load()).define(program, host);
    else program.command(entry.name).summary(entry.summary).description(entry.summary);
  }
  if (argv.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error);
  }
  return exitCode;
}

/** Every command, loaded: for who wants to know the whole command line. Prints nothing. */
export async function wholeProgram(host: Host): Promise<Command> {
  const nowhere = { write: () => undefined, isTerminal: false, columns: 100 };
  const program = createProgram({ stdout: nowhere, stderr: nowhere });
  for (const { load } of COMMANDS) (await load()).define(program, host);
  return program;
}

/** The whole command line as plain values, which the build writes down for completion and for the man page. */
export async function commandTree(): Promise<CommandNode> {
  const program = await wholeProgram({ run: () => async () => undefined });
  const tree = describeCommand(program);
  // The summaries of the list of commands are the shorter ones.
  const summaryOf = (name: string) => COMMANDS.find((entry) => entry.name === name)?.summary;
  return {
    ...tree,
    commands: tree.commands.map((node) => ({ ...node, summary: summaryOf(node.name) ?? node.summary })),
  };
}

/** Before commander sees it, which would answer `smsfood nonsense --help` with the help of the whole program. */
async function refuseUnknown(wanted: string | undefined): Promise<void> {
  const names = [...COMMANDS.map(({ name }) => name), 'help'];
  if (wanted === undefined || names.includes(wanted)) return;
  const { suggestion } = await import('./nearest.js');
  throw new SmsfoodError(
    'USAGE',
    `Unknown command "${wanted}".`,
    `${suggestion(wanted, names)} See \`smsfood --help\`.`,
  );
}

interface Screens {
  stdout: Pick<Output, 'write' | 'isTerminal' | 'columns'>;
  stderr: Pick<Output, 'write'>;
}

function createProgram(io: Screens): Command {
  return new Command('smsfood')
    .description('Operations and data quality for the SMS food-ordering marketplace.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command; `help exit-codes` explains the exit codes')
    .exitOverride()
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined, // printed with all other errors, at the one catch
      getOutHelpWidth: () => (io.stdout.isTerminal ? io.stdout.columns : 100),
    })
    .addHelpText(
      'after',
      `
Start here:
  $ smsfood demo               # a sandbox with damaged data, and all checks on it
  $ smsfood doctor             # what is configured, and whether it works
  $ smsfood check --help       # the main job`,
    );
}

async function runHandler(io: Io, name: string, handler: Handler, command: Command): Promise<number> {
  const options = command.optsWithGlobals();
  const context = createContext(io, name, commonOptions(options));
  try {
    return await handler(
      context,
      command.processedArgs.flat().filter((argument) => argument !== undefined),
      options,
    );
  } catch (error) {
    if (error instanceof SmsfoodError || error instanceof CommanderError) throw error;
    const { inWords } = await import('./db/errors.js');
    throw inWords(error, `finish \`${name}\``);
  } finally {
    await context.close();
  }
}

/** commander's complaint in the form that all trouble has. */
function usageError({ code, message }: CommanderError): SmsfoodError {
  // A group without its command: its help has just been printed.
  const text = code === 'commander.help' ? 'the name of a command is missing' : message.replace(/^error: /, '');
  const [what = '', hint] = text.split('\n');
  const nearest = hint === undefined ? '' : `${hint.replace(/^\(|\)$/g, '')} `;
  return new SmsfoodError('USAGE', what, `${nearest}See \`smsfood --help\`, or a command with --help.`);
}
