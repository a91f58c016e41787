/** Limits how often an address may send what nobody signed. */
export interface BadSenders {
  /** Notes a bad request. True where the address has sent too many, and where that cannot be told. */
  isTooMany(address: string | undefined, now: number): boolean;
}

const WINDOW_MS = 60_000;
const MOST_IN_WINDOW = 30;
/** Addresses that are remembered at a time. Beyond them nothing can be told of a new one. */
const MAX_ADDRESSES = 10_000;

export function createBadSenders(): BadSenders {
  let since = 0;
  let counts = new Map<string, number>();
  return {
    isTooMany(address, now) {
      if (now - since >= WINDOW_MS || now < since) {
        since = now;
        counts = new Map();
      }
      if (address === undefined) return true;
      const count = counts.get(address);
      if (count === undefined && counts.size >= MAX_ADDRESSES) return true;
      counts.set(address, (count ?? 0) + 1);
      return (count ?? 0) >= MOST_IN_WINDOW;
    },
  };
}
