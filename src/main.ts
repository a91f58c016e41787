import type { Io } from './context.js';
import { SmsfoodError } from './errors.js';
import { packageVersion } from './package-root.js';
import { redact } from './redaction.js';

/**
 * The program: parses the arguments, runs one command, and turns whatever happens into an exit code. Writes only to
 * `io`, never throws.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    // Answered without commander, which takes longer to load than all the rest here.
    if (argv[0] === '--version' || argv[0] === '-V') {
      io.stdout.write(`${packageVersion()}\n`);
      return 0;
    }
    if (argv[0] === 'help' && argv[1] === 'exit-codes') {
      const { EXIT_CODES_HELP } = await import('./commands/help-exit-codes.js');
      io.stdout.write(EXIT_CODES_HELP);
      return 0;
    }
    if (argv[0] === '__complete') {
      const { answerShell } = await import('./commands/complete.js');
      return answerShell(argv.slice(1), io);
    }
    const { runProgram } = await import('./program.js');
    return await runProgram(helpForm(argv), io);
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

/** The one place where trouble becomes words and an exit code. */
function report(error: unknown, io: Io): number {
  const say = (text: string) => io.stderr.write(`${redact(text)}\n`);
  if (error instanceof SmsfoodError) {
    say(`error: ${error.message} [${error.code}]`);
    if (error.hint !== undefined && error.hint !== '') say(`  ${error.hint}`);
    return error.exitCode;
  }
  say(`error: this is a bug in smsfood: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 3;
}
