import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const SWEEP_BYTES = 8_000_000;

/**
 * The same chunks, without those that were passed on piling up. Buffers of a socket die young and lie outside the heap
 * that V8 watches: it looks for them when it likes, which took between 20 and 80 MB. Here it is told to look among the
 * young ones every 8 MB, a millisecond each, and its nursery may not grow.
 */
export async function* swept(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  setFlagsFromString('--semi-space-growth-factor=1');
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    if (bytes < SWEEP_BYTES) continue;
    bytes = 0;
    collectYoung();
  }
}

let collect: ((options: { type: 'minor' }) => void) | undefined;

/** Node keeps it behind a flag. Set late, it is there in contexts that are made after that. */
function collectYoung(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc');
  }
  collect?.({ type: 'minor' });
}
