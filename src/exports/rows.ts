import type { Session } from '../db/session.js';
import { openSpool, type Spool } from '../output/spool.js';
import { copySql, type Range, type Selection } from './statement.js';
import { countRows, type Slice } from './survey.js';
import { swept } from './sweep.js';
import type { Tally } from './tally.js';

/** The records of a range as they stand in a file. Each chunk is valid until the next one is asked for. */
export function copyRecords(
  session: Session,
  selection: Selection,
  range: Range,
  tally: Tally,
): AsyncGenerator<Buffer> {
  return tally.records(swept(session.copyOut(copySql(selection, range))));
}

/**
 * The chunks of all copies in their order. The first copy goes straight through; the others are read at the same time
 * by sessions of their own, and wait on disk in `folder`: a million orders took half as long so, in the same memory.
 */
export async function* inOrder(copies: readonly AsyncIterable<Buffer>[], folder: string): AsyncGenerator<Buffer> {
  const [first, ...others] = copies;
  const spools: Spool[] = [];
  try {
    const waiting: { spool: Spool; filled: Promise<void> }[] = [];
    for (const copy of others) {
      const spool = await openSpool(folder);
      spools.push(spool);
      const filled = fill(spool, copy);
      filled.catch(() => undefined); // it is awaited when its turn comes, if it comes
      waiting.push({ spool, filled });
    }
    if (first !== undefined) yield* first;
    for (const { spool, filled } of waiting) {
      await filled;
      yield* spool.read();
    }
  } finally {
    for (const spool of spools) await spool.close();
  }
}

async function fill(spool: Spool, copy: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of copy) await spool.write(chunk);
}

/** Above it, the planner's estimate of one index probe a row is what it costs: a hash of the customers is quicker. */
const MANY_ROWS = 20_000;

/** With the server's usual 4 MB, a sort of half a million rows passes its file twice. */
const SORT_MEMORY = '16MB';

/**
 * Readies a session for a copy. The sessions are the parallelism of a copy; workers of the server on top of that
 * would only take turns with them.
 */
export async function tune(session: Session, { dataset }: Selection, slices: readonly Slice[]): Promise<void> {
  if (dataset.slice === 'month' || countRows(slices) < MANY_ROWS) return;
  await session.query(
    `SELECT set_config('enable_nestloop', 'off', true), set_config('enable_memoize', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true),
       CASE WHEN pg_size_bytes(current_setting('work_mem')) < pg_size_bytes($1) THEN set_config('work_mem', $1, true) END`,
    [SORT_MEMORY],
  );
}
