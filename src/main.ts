import { Command, CommanderError } from 'commander';
import { COMMANDS } from './commands/index.js';
import { commonOptions, type Handler, type Host } from './commands/command.js';
import { createContext, type Io } from './context.js';
import { SmsfoodError } from './errors.js';
import { packageVersion } from './package-root.js';
import { redact } from './redaction.js';

/**
 * The program: parses the arguments, runs one command, and turns whatever happens into an exit code. Writes only to
 * `io`, never throws.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    if (argv[0] === 'help' && argv[1] === 'exit-codes') {
      const { EXIT_CODES_HELP } = await import('./commands/help-exit-codes.js');
      io.stdout.write(EXIT_CODES_HELP);
      return 0;
    }
    return await runCommand(helpForm(argv), io);
  } catch (error) {
    return report(io.signal.aborted ? io.signal.reason : error, io);
  }
}

/** `smsfood help check list` is `smsfood check list --help`. */
function helpForm(argv: readonly string[]): readonly string[] {
  const [first, second, ...rest] = argv;
  if (first !== 'help' || second === undefined || second.startsWith('-')) return argv;
  return [second, ...rest, '--help'];
}

async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const host: Host = {
    run: (name, handler) =>
      async function (this: Command) {
        exitCode = await runHandler(io, name, handler, this);
      },
  };
  const program = createProgram(io);
  const wanted = argv.find((argument) => !argument.startsWith('-'));
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
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
  }
  return exitCode;
}

function createProgram(io: Io): Command {
  return new Command('smsfood')
    .description('Operations and data quality for the SMS food-ordering marketplace.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command; `help exit-codes` explains the exit codes')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined, // printed with all other errors, at the one catch
      getOutHelpWidth: () => (io.stdout.isTerminal ? io.stdout.columns : 100),
    })
    .addHelpText('after', '\nStart here:\n  $ smsfood demo               # a sandbox with damaged data, and all checks on it\n  $ smsfood doctor             # what is configured, and whether it works\n  $ smsfood check --help       # the main job');
}

async function runHandler(io: Io, name: string, handler: Handler, command: Command): Promise<number> {
  const options = command.optsWithGlobals();
  const context = createContext(io, name, commonOptions(options));
  try {
    return await handler(context, command.processedArgs.flat().filter((argument) => argument !== undefined), options);
  } finally {
    await context.close();
  }
}

/** The one place where trouble becomes words and an exit code. */
function report(error: unknown, io: Io): number {
  const say = (text: string) => io.stderr.write(`${redact(text)}\n`);
  if (error instanceof SmsfoodError) {
    say(`error: ${error.message} [${error.code}]`);
    if (error.hint !== undefined && error.hint !== '') say(`  ${error.hint}`);
    return error.exitCode;
  }
  if (error instanceof CommanderError) {
    const [message = '', hint] = error.message.replace(/^error: /, '').split('\n');
    say(`error: ${message} [USAGE]`);
    say(`  ${hint === undefined ? '' : `${hint.replace(/^\(|\)$/g, '')} `}See \`smsfood --help\`, or a command with --help.`);
    return 2;
  }
  say(`error: this is a bug in smsfood: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 3;
}
