import type { BusinessClock } from '../db/business-clock.js';
import type { Session } from '../db/session.js';
import { FULL_EVERY_DAYS, moveWatermark as move, readWatermark } from '../db/watermark.js';

export interface ScopeOptions {
  full: boolean;
  /** ISO 8601 in UTC, or null for the watermark. */
  since: string | null;
  timezone: string;
  sold: readonly string[];
}

/** Which orders a refresh looks at. */
export type Scope =
  | { kind: 'full'; reason: string; watermark: string | null }
  /** `moves`: the watermark may move, as nothing before it, or committed late, is left out. */
  | { kind: 'since'; since: string; watermark: string; moves: boolean };

/** The job in ops.watermarks. */
const JOB = 'refresh';

/** Full where it is asked for, due, or the only way to be right; else what changed since the watermark, or since a time. */
export async function readScope(session: Session, options: ScopeOptions): Promise<Scope> {
  const { rows } = await session.query<{ same: boolean }>(
    `SELECT timezone = $1 AND sold_statuses = ARRAY(SELECT unnest($2::text[]) ORDER BY 1) AS same
     FROM ops.summaries WHERE name = 'daily_order_stats'`,
    [options.timezone, options.sold],
  );
  const watermark = await readWatermark(session, JOB);
  const full = (reason: string): Scope => ({ kind: 'full', reason, watermark: watermark?.at ?? null });
  if (options.full) return full('asked for');
  if (watermark === null || rows[0] === undefined) return full('never refreshed before');
  if (!rows[0].same) return full('the time zone or the sold statuses are others than before');
  const { at, from, isFullDue } = watermark;
  if (options.since !== null)
    return { kind: 'since', since: options.since, watermark: at, moves: options.since <= from };
  if (isFullDue) return full(`the last full pass is more than ${FULL_EVERY_DAYS} days ago`);
  return { kind: 'since', since: from, watermark: at, moves: true };
}

/** Everything that was committed before the instant of this transaction has been looked at. */
export async function moveWatermark(
  session: Session,
  scope: Scope,
  { now }: BusinessClock,
  runId: string,
): Promise<string> {
  if (scope.kind === 'since' && !scope.moves) return scope.watermark;
  await move(session, JOB, { at: now, fullAt: scope.kind === 'full' ? now : null, runId });
  return now;
}

/** Notes when a table was refreshed, and by which definitions. */
export async function noteRefreshed(session: Session, name: string, { timezone, sold }: ScopeOptions): Promise<void> {
  await session.query(
    `INSERT INTO ops.summaries (name, timezone, sold_statuses, refreshed_at)
     VALUES ($1, $2, ARRAY(SELECT unnest($3::text[]) ORDER BY 1), transaction_timestamp())
     ON CONFLICT (name) DO UPDATE
     SET timezone = excluded.timezone, sold_statuses = excluded.sold_statuses, refreshed_at = excluded.refreshed_at`,
    [name, timezone, sold],
  );
}
