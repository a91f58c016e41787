import { canRead } from '../db/catalog.js';
import type { Session } from '../db/session.js';
import { FULL_EVERY_DAYS, readWatermark } from '../db/watermark.js';
import { findCustomer } from './find-customer.js';

/** The job in ops.watermarks. */
export const JOB = 'reconcile';

/** What was asked for. */
export type Wanted =
  | { kind: 'default' }
  | { kind: 'full' }
  /** ISO 8601 in UTC. */
  | { kind: 'since'; since: string }
  /** Id or phone number. */
  | { kind: 'customer'; customer: string };

/** Which customers a run looks at. */
export type Scope =
  | { kind: 'full'; reason: string; watermark: string | null }
  /** Whoever, or whose orders, changed since. `moves`: the watermark may move, as nothing before it, or committed late, is left out. */
  | { kind: 'since'; since: string; watermark: string | null; moves: boolean }
  | { kind: 'customer'; customer: string };

/** Full where it is asked for, due, or the only way to be right; else what changed since the watermark, or since a time. */
export async function readScope(session: Session, wanted: Wanted, sold: readonly string[]): Promise<Scope> {
  if (wanted.kind === 'customer') return { kind: 'customer', customer: await findCustomer(session, wanted.customer) };
  const watermark = (await hasWatermarks(session)) ? await readWatermark(session, JOB) : null;
  const full = (reason: string): Scope => ({ kind: 'full', reason, watermark: watermark?.at ?? null });
  if (wanted.kind === 'full') return full('asked for');
  if (wanted.kind === 'since') {
    const moves = watermark !== null && wanted.since <= watermark.from;
    return { kind: 'since', since: wanted.since, watermark: watermark?.at ?? null, moves };
  }
  if (watermark === null) return full('never reconciled before');
  if (!isSameSet(watermark.soldStatuses, sold)) return full('the sold statuses are others than before');
  if (watermark.isFullDue) return full(`the last full pass is more than ${FULL_EVERY_DAYS} days ago`);
  return { kind: 'since', since: watermark.from, watermark: watermark.at, moves: true };
}

/** Reading works without the schema ops, and for a role that may not look into it. */
export async function hasWatermarks(session: Session): Promise<boolean> {
  return (await canRead(session, 'ops.watermarks')) && canRead(session, 'ops.settled_totals');
}

export function isSameSet(left: readonly string[] | null, right: readonly string[]): boolean {
  return left !== null && left.length === new Set(right).size && right.every((each) => left.includes(each));
}
