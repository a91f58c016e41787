import { rmSync } from 'node:fs';

const leftovers = new Set<string>();

function removeAll(): void {
  for (const path of leftovers) rmSync(path, { force: true });
}

/**
 * Has a file removed if the process ends before its writer does, as at a second signal, which waits for nobody. Returns
 * what calls that off.
 */
export function removeAtExit(path: string): () => void {
  if (leftovers.size === 0) process.once('exit', removeAll);
  leftovers.add(path);
  return () => {
    leftovers.delete(path);
    if (leftovers.size === 0) process.off('exit', removeAll);
  };
}
