import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SmsfoodError, systemCode } from '../errors.js';
import { isAlive } from './postmaster.js';

const WAIT_MS = 60_000;
const BEAT_MS = 2_000;
/** A holder that was paused for so long is taken for dead; a pid alone would not do, as it may be somebody else's by now. */
const STALE_MS = 20_000;

/**
 * Does `work` while no other process does its own under the same lock file. A lock that a dead process left is taken over.
 * It keeps processes from repeating each other's work and from deleting it; that two at once break nothing even so is
 * the doing of the renames and of PostgreSQL's own lock on its data.
 * @throws SmsfoodError LOCKED after a minute of waiting.
 */
export async function withLock<T>(file: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const token = `${process.pid} ${randomUUID()}`;
  await acquire(file, token, signal);
  const beat = setInterval(() => void touch(file), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if ((await readLock(file))?.token === token) await rm(file, { force: true });
  }
}

async function acquire(file: string, token: string, signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    signal?.throwIfAborted();
    try {
      await writeFile(file, token, { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    const held = await readLock(file);
    if (held && isStale(held)) await removeStale(file, held);
    else if (held && Date.now() > deadline) throw locked(file, held);
    else await sleep(25, undefined, { signal }).catch(() => undefined);
  }
}

interface Held {
  token: string;
  /** Milliseconds since the holder last showed that it lives. */
  silence: number;
}

async function readLock(file: string): Promise<Held | null> {
  try {
    const [token, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { token, silence: Date.now() - mtimeMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function isStale(held: Held): boolean {
  if (held.silence > STALE_MS) return true;
  const pid = Number.parseInt(held.token, 10);
  // An empty file is one that its maker has not yet written, unless that takes suspiciously long.
  return Number.isNaN(pid) ? held.silence > BEAT_MS : !isAlive(pid);
}

// Two processes may see the same stale lock. Moved aside first, because the slower one would otherwise remove the lock
// that the faster one has taken since; what turns out to be such a lock is put back.
async function removeStale(file: string, held: Held): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    const moved = await readLock(aside);
    if (moved && moved.token !== held.token) await link(aside, file).catch(() => undefined);
    await rm(aside, { force: true });
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
}

function locked(file: string, held: Held): SmsfoodError {
  const pid = Number.parseInt(held.token, 10);
  return new SmsfoodError(
    'LOCKED',
    `Another smsfood (process ${pid}) has been busy with the sandbox for over a minute.`,
    `Wait for it or end it; if no such process is there, delete ${file}.`,
  );
}
