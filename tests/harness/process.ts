import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'smsfood.js');

export interface ProcessOutcome {
  code: number | null;
  /** The signal that ended it, where it did not end by itself. */
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunningProgram {
  child: ChildProcessByStdio<null, Readable, Readable>;
  ended: Promise<ProcessOutcome>;
}

/** Starts the built program (`npm run build`) in a process of its own, with nothing of this one's environment but PATH. */
export function startProgram(
  argv: readonly string[],
  { env = {}, cwd = tmpdir() }: { env?: Record<string, string>; cwd?: string } = {},
): RunningProgram {
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: collect(child) };
}

/** Runs a shell command line in which `$SMSFOOD` is the built program. */
export async function shell(line: string, env: Record<string, string> = {}): Promise<ProcessOutcome> {
  const child = spawn('sh', ['-c', line], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, SMSFOOD: `${process.execPath} ${PROGRAM}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return collect(child);
}

async function collect(child: ChildProcessByStdio<null, Readable, Readable>): Promise<ProcessOutcome> {
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed(child)]);
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
}

async function closed(child: ChildProcessByStdio<null, Readable, Readable>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
}
