import type { Session } from '../db/session.js';

const CUID = /^c([0-9a-z]{8})[0-9a-z]{16}$/;

/** Ids whose time and createdAt differ by more than this were not made when the order was. */
const TOLERANCE_MS = 86_400_000;

/** Where the ids of orders that were made at a time begin: cuids start with their time. `at` is ISO 8601. */
export function firstIdAt(at: string): string {
  return `c${new Date(at).getTime().toString(36).padStart(8, '0')}`;
}

function timeOf(id: string): number | null {
  const time = CUID.exec(id)?.[1];
  return time === undefined ? null : Number.parseInt(time, 36);
}

/**
 * Whether the primary key of orders is in the order of their creation, so that a range of it finds recent ones. Judged
 * by both ends of the index: ids of any other kind would stand before the first of the cuids or among the newest.
 */
export async function idsTellTime(session: Session, now: string): Promise<boolean> {
  const { rows } = await session.query<{ id: string; at: string }>(
    `(SELECT id, "createdAt" AS at FROM orders ORDER BY id LIMIT 20)
     UNION ALL
     (SELECT id, "createdAt" FROM orders WHERE id < $1 ORDER BY id DESC LIMIT 100)`,
    [firstIdAt(new Date(Date.parse(now) + TOLERANCE_MS).toISOString())],
  );
  return rows.every(({ id, at }) => Math.abs((timeOf(id) ?? 0) - Date.parse(at)) <= TOLERANCE_MS);
}
