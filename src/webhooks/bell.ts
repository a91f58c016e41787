/** Lets several sleepers wait for the same news. */
export interface Bell {
  ring(): void;
  /** Resolves after so many milliseconds, or when the bell rings; at once where it rang since `rings` was read. */
  wait(ms: number, since: number): Promise<void>;
  /** How often it has rung. */
  readonly rings: number;
}

export function createBell(): Bell {
  const sleepers = new Set<() => void>();
  let rings = 0;
  return {
    get rings() {
      return rings;
    },
    ring() {
      rings++;
      for (const wake of sleepers) wake();
    },
    wait(ms, since) {
      if (since !== rings) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          sleepers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        sleepers.add(wake);
      });
    },
  };
}
