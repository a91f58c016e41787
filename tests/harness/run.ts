import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { main } from '../../src/main.js';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  terminal?: boolean;
  columns?: number;
  signal?: AbortSignal;
  /** What stands on standard input. */
  input?: string | AsyncIterable<unknown>;
}

/** Runs the program in this process through its real entry, with streams in memory. */
export async function smsfood(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { env = {}, cwd = tmpdir(), terminal = false, columns = 80, signal = new AbortController().signal } = options;
  const { input } = options;
  const stdin = typeof input === 'string' ? Readable.from([Buffer.from(input)]) : input;
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
    },
    send: async (bytes: Uint8Array) => {
      written[name] += Buffer.from(bytes).toString('latin1');
      return true;
    },
    isTerminal: terminal,
    columns,
  });
  const code = await main(argv, {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env,
    cwd,
    signal,
    ...(stdin && { stdin }),
  });
  return { code, ...written };
}
