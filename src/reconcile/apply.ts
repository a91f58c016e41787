import { couldNot, sqlState, statementError } from '../db/errors.js';
import { changeRows, lockRows } from '../db/ledger.js';
import type { Pool } from '../db/pool.js';
import type { WritingRun } from '../db/run.js';
import { inSession, type SessionLimits } from '../db/session.js';
import { driftQueries, REASON } from './drift.js';

/**
 * Customers of one transaction. Without an index on orders ("customerId") each batch reads all orders while its
 * customers are locked, half a second for a million: more of them would be done sooner, and wait longer.
 */
const BATCH = 10_000;

/** How often customers are tried again that another transaction held. */
const ROUNDS = 5;

export interface ApplyOptions {
  sold: readonly string[];
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(done: number, of: number): void;
}

export interface Applied {
  /** Customers whose totals were changed; those that were right by then are not among them. */
  changed: number;
  /** Customers that another transaction held to the end. */
  busy: string[];
}

/**
 * Brings the totals of these customers in line with their orders. A batch locks its customers and sums their orders
 * after that, so that a transaction that changes an order and its customer's totals is seen whole or comes later.
 */
export async function applyTotals(
  pool: Pool,
  run: WritingRun,
  ids: readonly string[],
  options: ApplyOptions,
): Promise<Applied> {
  let changed = 0;
  let left: readonly string[] = ids;
  for (let round = 0; round < ROUNDS && left.length > 0; round++) {
    if (round > 0) await waitFor(pool, left[0] ?? '', options);
    const busy: string[] = [];
    for (let start = 0; start < left.length; start += BATCH) {
      await run.verify();
      const outcome = await applyBatch(pool, run, left.slice(start, start + BATCH), options);
      changed += outcome.changed;
      busy.push(...outcome.busy);
      options.onProgress(changed, ids.length);
    }
    left = busy;
  }
  return { changed, busy: [...left] };
}

async function applyBatch(
  pool: Pool,
  run: WritingRun,
  ids: readonly string[],
  { sold, limits, signal }: ApplyOptions,
): Promise<Applied> {
  return inSession(pool, { mode: 'write', limits, signal }, async (session) => {
    const locked = await lockRows(session, { table: 'customers', ids, whenLocked: 'skip' });
    const { rows } = await session.query<{ ids: string[]; totals: string }>(TOTALS, [locked, sold]);
    const [found] = rows;
    const { changed } = await changeRows(session, {
      runId: run.id,
      table: 'customers',
      columns: ['totalOrders', 'totalSpent', 'lastOrderAt'],
      ids: found?.ids ?? [],
      values: STORED_TOTALS,
      parameters: [found?.totals ?? '[]'],
      whenLocked: 'held',
    });
    const isLocked = new Set(locked);
    return { changed: changed.length, busy: ids.filter((id) => !isLocked.has(id)) };
  }).catch(couldNot('change the totals', signal));
}

/**
 * What the totals of the customers `$1` should be, for those who have others. Apart from the statement that writes them,
 * to which the server gives no helpers: the customers are locked while their orders are read.
 */
const TOTALS = `
  WITH ${driftQueries('ids')}
  SELECT coalesce(array_agg(id), '{}') AS ids, coalesce(jsonb_agg(jsonb_build_object('id', id, 'reason', ${REASON},
    'totalOrders', sold_orders, 'totalSpent', sold_spent, 'lastOrderAt', CASE WHEN is_last_off THEN sold_last ELSE had_last END)), '[]')::text AS totals
  FROM drift WHERE is_storable`;

const STORED_TOTALS = `
  SELECT id, reason, "totalOrders", "totalSpent", "lastOrderAt"
  FROM jsonb_to_recordset($2::jsonb) AS t (id text, reason text, "totalOrders" integer, "totalSpent" integer, "lastOrderAt" timestamp(3))
  WHERE id = ANY ($1::text[])`;

/** Until nobody holds this customer, or for the lock's time-out. It holds nothing itself, so it is part of no deadlock. */
async function waitFor(pool: Pool, id: string, { limits, signal }: ApplyOptions): Promise<void> {
  await inSession(pool, { mode: 'write', limits, signal }, (session) =>
    session.query('SELECT FROM customers WHERE id = $1 FOR NO KEY UPDATE', [id]),
  ).catch((error: unknown) => {
    signal.throwIfAborted();
    if (sqlState(error) !== '55P03') throw statementError(error, 'wait for a customer');
  });
}
