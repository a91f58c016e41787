import { stat } from 'node:fs/promises';
import { SmsfoodError, systemCode } from '../errors.js';

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whatever the operating system refused in a sandbox's folder is trouble that a person can act on, not a bug. */
export function asSandboxError(error: unknown, dataDir: string): unknown {
  if (error instanceof SmsfoodError || !(error instanceof Error) || !('errno' in error)) return error;
  return new SmsfoodError(
    'SANDBOX_FAILED',
    `The sandbox in ${dataDir} could not be used: ${error.message}`,
    'Look at that folder, or set SMSFOOD_DATA_DIR to another one.',
    { cause: error },
  );
}

/** Whether a file is there. Only a plain no counts as one: data are not given up for a disk that fails to answer. */
export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return false;
    throw error;
  }
}
