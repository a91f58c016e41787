import { spawn } from 'node:child_process';
import { SmsfoodError, systemCode } from '../errors.js';
import type { Account } from './account.js';

const USE_ANOTHER = 'Try again after `smsfood sandbox reset`, or set DATABASE_URL to a PostgreSQL of your own.';

export interface Run {
  file: string;
  args: string[];
  /** Its working folder; this process's own may be closed to the account. */
  cwd: string;
  account: Account | null;
}

export interface RunLimits {
  input?: string;
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

/**
 * Options under which PostgreSQL's programs run: as their account, in a process group of their own (a Ctrl-C in the
 * terminal reaches only smsfood, which then ends them in order), and without the settings that PGPORT, PGDATA, LANG and
 * the like would give them, so that the sandbox is the same on each machine. Windows needs its environment for sockets.
 */
export function spawnOptions(run: Run): {
  cwd: string;
  detached: true;
  windowsHide: true;
  env?: Record<string, string>;
  uid?: number;
  gid?: number;
} {
  return {
    cwd: run.cwd,
    detached: true,
    windowsHide: true,
    ...(process.platform === 'win32' ? {} : { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } }),
    ...(run.account ? { uid: run.account.uid, gid: run.account.gid } : {}),
  };
}

/**
 * Runs one of PostgreSQL's programs to its end.
 * @throws SmsfoodError SANDBOX_FAILED with the last lines it printed; the signal's reason where that ended it.
 */
export async function runProgram(run: Run, limits: RunLimits): Promise<void> {
  limits.signal?.throwIfAborted();
  const child = spawn(run.file, run.args, { ...spawnOptions(run), stdio: 'pipe' });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-4_000);
    });
  }
  child.stdin.on('error', () => undefined).end(limits.input ?? '');

  const end = (): void => killGroup(child.pid);
  const timer = setTimeout(end, limits.timeoutMs);
  limits.signal?.addEventListener('abort', end);
  try {
    const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.on('error', reject).on('close', (code, signal) => resolve(code ?? signal));
    });
    limits.signal?.throwIfAborted();
    if (status !== 0) throw failed(`${nameOf(run.file)} ended with ${status}`, printed);
  } catch (error) {
    throw startError(error, run);
  } finally {
    clearTimeout(timer);
    limits.signal?.removeEventListener('abort', end);
  }
}

/** What a program that could not even be started means. */
export function startError(error: unknown, run: Run): unknown {
  if (systemCode(error) === 'EACCES') {
    return new SmsfoodError(
      'SANDBOX_FAILED',
      `The sandbox may not run ${run.file}${run.account ? ` as user ${run.account.name}` : ''}.`,
      'Set SMSFOOD_DATA_DIR to a folder on a file system that allows programs.',
      { cause: error },
    );
  }
  if (systemCode(error) === 'ENOENT') {
    // The kernel says ENOENT of a program whose dynamic loader is missing, as on Alpine.
    return failed(`${run.file} cannot run on this machine; it needs the GNU C library`, '', USE_ANOTHER, error);
  }
  return error;
}

/** SANDBOX_FAILED whose hint is the last lines of a log, then what to do. */
export function failed(what: string, log: string, advice = USE_ANOTHER, cause?: unknown): SmsfoodError {
  const lines = log.trim().split('\n').slice(-5);
  const hint = [...lines, advice].filter((line) => line !== '').join('\n');
  return new SmsfoodError('SANDBOX_FAILED', `The sandbox could not be started: ${what}.`, hint, { cause });
}

function nameOf(file: string): string {
  return file.split(/[/\\]/).at(-1) ?? file;
}

// initdb works through children of its own, which a signal to it alone would leave writing.
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
