import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { SmsfoodError, systemCode } from '../errors.js';

const BEAT_MS = 1_000;
/** A holder that shows no sign of life for so long is dead. */
const PATIENCE_MS = 4_000;

const HolderSchema = z.object({ host: z.string(), pid: z.int(), token: z.string() });
type Holder = z.infer<typeof HolderSchema>;

export interface SpoolLock {
  /** False where another process took the folder over, because this one was suspended for too long. */
  isHeld(): boolean;
  release(): Promise<void>;
}

/**
 * Keeps other processes from a spool folder. The lock of a killed process is taken over: at once where the number of
 * the process tells (same machine), else when its sign of life has stayed the same for some seconds; in containers all
 * have the same number. Throws LOCKED.
 */
export async function lockSpool(folder: string): Promise<SpoolLock> {
  const file = join(folder, 'lock');
  const me: Holder = { host: hostname(), pid: process.pid, token: randomUUID() };
  while (!(await create(file, me))) {
    const holder = await readHolder(file);
    if (holder !== null && !isDead(holder) && (await showsLife(file))) throw locked(folder, holder);
    await removeStale(file, holder);
  }
  let isOurs = true;
  const beat = setInterval(async () => {
    isOurs = (await readHolder(file))?.token === me.token;
    const now = new Date();
    if (isOurs) await utimes(file, now, now).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  return {
    isHeld: () => isOurs,
    async release() {
      clearInterval(beat);
      if ((await readHolder(file))?.token === me.token) await rm(file, { force: true });
    },
  };
}

async function create(file: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Null where there is no lock, or one that its maker did not come to write. */
async function readHolder(file: string): Promise<Holder | null> {
  try {
    return HolderSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

function isDead({ host, pid }: Holder): boolean {
  if (host !== hostname() || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
}

async function showsLife(file: string): Promise<boolean> {
  const touched = () =>
    stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    );
  const before = await touched();
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    await sleep(100);
    const now = await touched();
    if (now === null) return false;
    if (now !== before) return true;
  }
  return false;
}

/** Moved aside first: of two processes that see the same stale lock, the slower one must not remove the faster one's. */
async function removeStale(file: string, holder: Holder | null): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  await rename(file, aside).catch(() => undefined);
  const moved = await readHolder(aside);
  if (moved !== null && moved.token !== holder?.token) await rename(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function locked(folder: string, { host, pid }: Holder): SmsfoodError {
  return new SmsfoodError(
    'LOCKED',
    `The spool ${folder} is in use by another smsfood (process ${pid} on ${host}).`,
    'Give each receiver a folder of its own with --spool.',
  );
}
