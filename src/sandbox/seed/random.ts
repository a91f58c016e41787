/** Uniform numbers in [0, 1): the same index and lane always give the same number. */
export type Stream = (index: number, lane?: number) => number;

/**
 * A named source of randomness. It is a hash and not a sequence: every attribute of row 4,711 can be computed again from
 * its index, so the seeder remembers no rows, may produce a table twice, and a new column never shifts the others.
 */
export function stream(seed: number, name: string): Stream {
  const key = hashText(name, seed);
  return (index, lane = 0) => hash32(key, index, lane) / 4294967296;
}

/** The element that a uniform number in [0, 1) points at. */
export function choose<T>(list: readonly T[], uniform: number): T {
  const chosen = list[Math.floor(uniform * list.length)];
  if (chosen === undefined) throw new RangeError('choose: empty list');
  return chosen;
}

/** An integer from `low` to `high`, both included. */
export function between(low: number, high: number, uniform: number): number {
  return low + Math.floor(uniform * (high - low + 1));
}

/** MurmurHash3's mixing steps over three 32-bit words. */
export function hash32(key: number, index: number, lane: number): number {
  let h = key;
  for (const word of [index, lane]) {
    let k = Math.imul(word, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h ^= k;
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  return finalize(h);
}

/** FNV-1a, finalized: a 32-bit key for a name. */
export function hashText(text: string, seed: number): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return finalize(h);
}

function finalize(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
