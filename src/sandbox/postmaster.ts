import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SmsfoodError, systemCode } from '../errors.js';

const FAST_MS = 20_000;
const IMMEDIATE_MS = 10_000;

/** A server that lives, as it describes itself in its postmaster.pid. */
export interface Postmaster {
  pid: number;
  port: number | null;
  startedAt: Date;
  isReady: boolean;
}

/** The live server of a data folder; null where postmaster.pid is missing or was left by a server that is gone. */
export async function findPostmaster(data: string): Promise<Postmaster | null> {
  const lines = await readPidFile(data);
  // Lines: pid, data folder, start in seconds, port, socket folder, address, shared memory, status.
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !(await isServerOf(pid, data))) return null;
  return {
    pid,
    port: Number(lines[3]) || null,
    startedAt: new Date(Number(lines[2]) * 1000),
    isReady: lines[7]?.trim() === 'ready',
  };
}

/**
 * Removes a postmaster.pid whose number belongs to another process by now (after a restart of the machine, or a zombie
 * that nobody collects in a container), since PostgreSQL would take that process for the server and refuse to start.
 * Where the number is free the file stays: PostgreSQL uses it to find what a killed server has left in memory.
 */
export async function removeStalePidFile(data: string): Promise<void> {
  const pid = Number((await readPidFile(data))[0]);
  if (pid > 0 && isAlive(pid) && !(await isServerOf(pid, data))) {
    await rm(path.join(data, 'postmaster.pid'), { force: true });
  }
}

/**
 * Ends a server: sessions are cut off and data written (a fast shutdown), or, where that takes over 20 seconds, at once.
 * @throws SmsfoodError SANDBOX_FAILED where it lives on.
 */
export async function endPostmaster(data: string, pid: number, pgCtl: string): Promise<void> {
  await send('INT', pid, pgCtl);
  if (await isGone(data, pid, FAST_MS)) return;
  await send('QUIT', pid, pgCtl);
  if (await isGone(data, pid, IMMEDIATE_MS)) return;
  throw new SmsfoodError(
    'SANDBOX_FAILED',
    `The sandbox's server (process ${pid}) does not end.`,
    `End it: kill -9 ${pid}`,
  );
}

/** Waits until the server with that pid is gone from a data folder; false where the time was not enough. */
async function isGone(data: string, pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while ((await findPostmaster(data))?.pid === pid) {
    if (Date.now() > deadline) return false;
    await sleep(15);
  }
  return true;
}

export async function send(signal: 'INT' | 'QUIT', pid: number, pgCtl: string): Promise<void> {
  // Windows has no signals; PostgreSQL brings its own there.
  if (process.platform === 'win32') await promisify(execFile)(pgCtl, ['kill', signal, String(pid)]);
  else killIfAlive(pid, `SIG${signal}`);
}

function killIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

async function readPidFile(data: string): Promise<string[]> {
  try {
    return (await readFile(path.join(data, 'postmaster.pid'), 'utf8')).split('\n');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return [];
    throw error;
  }
}

// A pid proves nothing: the number may have gone to another program since. The command line names the data folder, is
// readable for everybody, and is empty for a zombie.
async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'win32') return isAlive(pid);
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const [program = '', ...args] = line.split('\0');
    return path.basename(program) === 'postgres' && args.includes(data);
  }
  const listed = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return listed.stdout.includes(`-D ${data}`);
}

/** Whether any process has that number, of whichever user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
