export interface BatcherOptions<In, Out> {
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

/** One batch after the other: what arrives while one is under way is gathered for the next. */
export function createBatcher<In, Out>(options: BatcherOptions<In, Out>): (item: In) => Promise<Out> {
  const queue: Waiting<In, Out>[] = [];
  let isBusy = false;
  let isScheduled = false;

  const schedule = () => {
    if (isScheduled || isBusy || queue.length === 0) return;
    isScheduled = true;
    // Requests that were read in the same turn of the event loop belong together.
    setImmediate(() => {
      isScheduled = false;
      void flush();
    });
  };
  const flush = async () => {
    const batch = take();
    isBusy = true;
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
      isBusy = false;
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
  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      schedule();
    });
}
