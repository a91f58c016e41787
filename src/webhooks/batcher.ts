/** Gathers what arrives while its lanes are busy, and gives it to the next free one together. */
export interface Batcher<In, Out> {
  add(item: In): Promise<Out>;
}

export interface BatcherOptions<In, Out> {
  /** How many batches may be under way at a time. */
  lanes: number;
  maxItems: number;
  maxBytes: number;
  sizeOf(item: In): number;
  /** One result for each item, in their order. What it throws, all items of the batch are rejected with. */
  run(items: readonly In[]): Promise<readonly Out[]>;
}

interface Waiting<In, Out> {
  item: In;
  resolve(value: Out): void;
  reject(error: unknown): void;
}

export function createBatcher<In, Out>(options: BatcherOptions<In, Out>): Batcher<In, Out> {
  const queue: Waiting<In, Out>[] = [];
  let busy = 0;
  let isScheduled = false;

  const schedule = () => {
    if (isScheduled || busy >= options.lanes || queue.length === 0) return;
    isScheduled = true;
    // Requests that were read in the same turn of the event loop belong together.
    setImmediate(() => {
      isScheduled = false;
      void flush();
    });
  };
  const flush = async () => {
    const batch = take();
    if (batch.length === 0) return;
    busy++;
    schedule();
    try {
      const results = await options.run(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result === undefined) reject(new Error('a batch without a result for each of its items'));
        else resolve(result);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      busy--;
      schedule();
    }
  };
  const take = () => {
    let bytes = 0;
    let count = 0;
    for (const { item } of queue) {
      bytes += options.sizeOf(item);
      if (count > 0 && (count === options.maxItems || bytes > options.maxBytes)) break;
      count++;
    }
    return queue.splice(0, count);
  };
  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        schedule();
      }),
  };
}
