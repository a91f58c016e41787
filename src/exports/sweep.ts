import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const SWEEP_BYTES = 8_000_000;

/**
 * The same chunks, without those that were passed on piling up. Buffers of a socket die young and lie outside the heap
 * that V8 watches: it looks for them when it likes, which took between 20 and 80 MB. Here it is told to look among the
 * young ones every 8 MB, a millisecond each. Its nursery gives back at the first chunk what it took at the start of the
 * program, 15 MB, and may not grow again.
 */
export async function* swept(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  setFlagsFromString('--semi-space-growth-factor=1');
  let bytes = 0;
  let next: 'major' | 'minor' = 'major';
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    if (next === 'minor' && bytes < SWEEP_BYTES) continue;
    bytes = 0;
    collect(next);
    next = 'minor';
  }
}

let gc: ((options: { type: 'major' | 'minor' }) => void) | undefined;

/** Node keeps it behind a flag. Set late, it is there in contexts that are made after that. */
function collect(type: 'major' | 'minor'): void {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc');
  }
  gc?.({ type });
}
