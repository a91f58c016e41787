import type { Io, Output } from './context.js';
import { ERROR_CODES, SmsfoodError } from './errors.js';
import { main } from './main.js';

/** Runs the program in a process: its streams, its arguments, its signals. Resolves to the exit code. */
export async function run(process: NodeJS.Process): Promise<number> {
  nameRuntime(process);
  const controller = new AbortController();
  const stop = (error: SmsfoodError) => {
    // A second signal means: now. The database ends what it runs when it sees the connection gone.
    if (controller.signal.aborted) process.exit(error.exitCode);
    controller.abort(error);
  };
  process.on('SIGINT', () => stop(new SmsfoodError('INTERRUPTED', 'Interrupted; nothing was left half done.')));
  process.on('SIGTERM', () => stop(new SmsfoodError('TERMINATED', 'Terminated; nothing was left half done.')));
  // `smsfood check | head`: the reader has seen enough, which is no error. A full disk is one.
  let unwritten: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') unwritten = error;
  });
  process.stderr.on('error', () => undefined);
  const io: Io = {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
  };
  const exitCode = await main(process.argv.slice(2), io);
  await flushed(process.stdout);
  // Whatever a stopped run has left open, such as a connection that nobody answers, is not waited for.
  if (controller.signal.aborted) process.exit(exitCode);
  process.removeAllListeners('SIGINT');
  process.removeAllListeners('SIGTERM');
  if (unwritten === undefined) return exitCode;
  io.stderr.write(`error: Could not write to standard output: ${unwritten.message}. [FILE_NOT_WRITTEN]\n`);
  return ERROR_CODES.FILE_NOT_WRITTEN;
}

/**
 * Says in the standard place what runtime this is, as Node does from version 21 on: without it pg asks `Response` whether
 * this is Cloudflare, which loads all of fetch, 40 ms for every command with a database.
 */
function nameRuntime({ version }: NodeJS.Process): void {
  if (!('navigator' in globalThis))
    Object.defineProperty(globalThis, 'navigator', { value: { userAgent: `Node.js/${version.slice(1)}` } });
}

/** Resolves when everything written so far has left the process, or cannot. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

function output(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    send: (bytes) => new Promise((resolve) => stream.write(bytes, (error) => resolve(!error))),
    isTerminal: stream.isTTY === true,
    columns: stream.columns || 80, // 0 where nobody has told the terminal its size
    stream,
  };
}
