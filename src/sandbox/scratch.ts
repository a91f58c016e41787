import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../errors.js';

const PREFIX = 'unfinished-';

/** Gives `work` a folder in `root`, for what it then renames into its place, and removes it unless it has gone there. */
export async function withScratch<T>(root: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(root, PREFIX));
  try {
    return await work(folder);
  } finally {
    await remove(folder);
  }
}

/** Removes a folder so that a crash half way leaves nothing that looks like a complete one. */
export async function discard(folder: string): Promise<void> {
  await withScratch(path.dirname(folder), async (scratch) => {
    await rename(folder, path.join(scratch, 'discarded')).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error;
    });
  });
}

/**
 * Removes what interrupted runs left in `root`, and entries of other versions that begin with `prefix`. Call it with
 * the lock held: whoever holds it is the only one to have unfinished folders.
 */
export async function removeLeftovers(root: string, prefix: string, keep: string): Promise<void> {
  const names = await readdir(root);
  const isLeftover = (name: string): boolean => name.startsWith(PREFIX) || (name.startsWith(prefix) && name !== keep);
  // What cannot be removed now (an initdb whose parent was killed may still be writing) is removed another time.
  await Promise.allSettled(names.filter(isLeftover).map((name) => remove(path.join(root, name))));
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
