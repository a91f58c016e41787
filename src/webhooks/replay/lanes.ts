import { setTimeout as sleep } from 'node:timers/promises';

/** Subjects that are worked on at once. */
const LANES = 4;

/**
 * Works through groups side by side, through the members of each in their order, no faster than `rate` a second. Ends
 * early where `isOver` says so. Rejects with the first trouble, when nothing is under way any more.
 */
export async function inLanes<T>(
  groups: readonly (readonly T[])[],
  { rate, signal, isOver }: { rate: number; signal: AbortSignal; isOver(): boolean },
  work: (member: T) => Promise<void>,
): Promise<void> {
  const queue = [...groups];
  const pace = createPace(rate);
  let trouble: { error: unknown } | undefined;
  const isStopped = () => trouble !== undefined || signal.aborted || isOver();
  const lane = async () => {
    for (;;) {
      const group = queue.shift();
      if (group === undefined) return;
      for (const member of group) {
        if (isStopped()) return;
        await pace(signal);
        if (isStopped()) return;
        try {
          await work(member);
        } catch (error) {
          trouble ??= { error };
        }
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  signal.throwIfAborted();
  if (trouble !== undefined) throw trouble.error;
}

/** Resolves when it is the caller's turn. */
function createPace(rate: number): (signal: AbortSignal) => Promise<void> {
  let next = performance.now();
  return async (signal) => {
    const now = performance.now();
    const turn = Math.max(next, now);
    next = turn + 1000 / rate;
    if (turn > now) await sleep(turn - now, undefined, { signal }).catch(() => undefined);
  };
}
