import type { Session } from '../db/session.js';
import { firstIdAt, idsTellTime } from './order-ids.js';
import { readSettled } from './settled-totals.js';

/** Orders older than this are hardly ever changed by the platform: an incremental run does not look at them. */
const SETTLED_DAYS = 14;

/** How an incremental run finds what changed, and tells whose totals look right. */
export interface Access {
  /** `index` on orders ("updatedAt"); `ids`: a range of the primary key, as ids tell time; `scan` of the whole table. */
  changed: 'index' | 'ids' | 'scan';
  /** `index` on orders ("customerId"); `settled`: ops.settled_totals and the orders since; `scan` of the whole table. */
  totals: 'index' | 'settled' | 'scan';
  /** Where the recent orders begin; null where they are found without their ids. */
  recentId: string | null;
  /** Where the orders begin that the settled totals leave out; null where those are not used. */
  settledId: string | null;
  /** True where settled totals would help, and have to be made first. */
  isStale: boolean;
}

/** Looks at the live catalog and at the ids: what makes it quick is used where it is there, and never taken for granted. */
export async function readAccess(
  session: Session,
  { since, sold, now }: { since: string; sold: readonly string[]; now: string },
): Promise<Access> {
  const { rows } = await session.query<{ column: string }>(
    `SELECT DISTINCT a.attname AS column
     FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = 'orders'::regclass AND i.indisvalid AND i.indpred IS NULL`,
  );
  const indexed = new Set(rows.map(({ column }) => column));
  const tellTime = await idsTellTime(session, now);
  const canSettle = tellTime && !indexed.has('customerId');
  const settledAt = canSettle ? await readSettled(session, sold) : null;
  const changed = indexed.has('updatedAt') ? 'index' : tellTime ? 'ids' : 'scan';
  const settledId = settledAt === null ? null : firstIdAt(settledAt);
  const youngId = changed === 'ids' ? firstIdAt(settledSince(since)) : null;
  return {
    changed,
    totals: indexed.has('customerId') ? 'index' : settledId === null ? 'scan' : 'settled',
    recentId: [settledId, youngId].filter((id) => id !== null).sort()[0] ?? null,
    settledId,
    isStale: canSettle && settledId === null,
  };
}

/** Before this, orders count as settled; both are ISO 8601. */
export function settledSince(time: string): string {
  return new Date(Date.parse(time) - SETTLED_DAYS * 86_400_000).toISOString();
}
