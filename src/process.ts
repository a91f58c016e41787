import type { Io, Output } from './context.js';
import { SmsfoodError } from './errors.js';
import { main } from './main.js';

/** Runs the program in a process: its streams, its arguments, its signals. Resolves to the exit code. */
export async function run(process: NodeJS.Process): Promise<number> {
  const controller = new AbortController();
  const stop = (error: SmsfoodError) => {
    // A second signal means: now. The database ends what it runs when it sees the connection gone.
    if (controller.signal.aborted) process.exit(error.exitCode);
    controller.abort(error);
  };
  process.on('SIGINT', () => stop(new SmsfoodError('INTERRUPTED', 'Interrupted; nothing was left half done.')));
  process.on('SIGTERM', () => stop(new SmsfoodError('TERMINATED', 'Terminated; nothing was left half done.')));
  // `smsfood check | head`: the reader has seen enough, which is no error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const io: Io = {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
  };
  const exitCode = await main(process.argv.slice(2), io);
  process.removeAllListeners('SIGINT');
  process.removeAllListeners('SIGTERM');
  return exitCode;
}

function output(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 80,
    stream,
  };
}
