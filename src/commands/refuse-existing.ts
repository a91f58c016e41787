import { lstat } from 'node:fs/promises';
import { SmsfoodError } from '../errors.js';

/** Throws FILE_EXISTS for the first of them that is there. */
export async function refuseExisting(...paths: readonly string[]): Promise<void> {
  for (const each of paths) {
    const found = await lstat(each).catch(() => null);
    // /dev/null and pipes are written to as they are.
    if (found === null || found.isCharacterDevice() || found.isFIFO()) continue;
    throw new SmsfoodError(
      'FILE_EXISTS',
      `${each} is there already.`,
      'Pass --force to replace it, or choose another name.',
    );
  }
}
