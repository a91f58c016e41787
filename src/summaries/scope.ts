import type { BusinessClock } from '../db/business-clock.js';
import type { Session } from '../db/session.js';

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

/** A pass over all orders is due every so many days: it alone sees what was deleted, or changed without updatedAt. */
export const FULL_EVERY_DAYS = 7;

/** Looked back beyond the watermark: for clocks of the application that lag, and transactions that take their time. */
export const MARGIN_MINUTES = 60;

/** The job in ops.watermarks. */
const JOB = 'refresh';

interface Standing {
  at: string | null;
  from: string | null;
  due: boolean | null;
  same: boolean | null;
}

/** Full where it is asked for, due, or the only way to be right; else what changed since the watermark, or since a time. */
export async function readScope(session: Session, options: ScopeOptions): Promise<Scope> {
  const { rows } = await session.query<Standing>(
    `SELECT w.at, w.at - make_interval(mins => $2) AS from, w.full_at < transaction_timestamp() - make_interval(days => $3) AS due,
       s.timezone = $4 AND s.sold_statuses = ARRAY(SELECT unnest($5::text[]) ORDER BY 1) AS same
     FROM (SELECT) AS one
     LEFT JOIN ops.watermarks w ON w.name = $1
     LEFT JOIN ops.summaries s ON s.name = 'daily_order_stats'`,
    [JOB, MARGIN_MINUTES, FULL_EVERY_DAYS, options.timezone, options.sold],
  );
  const { at = null, from = null, due = null, same = null } = rows[0] ?? {};
  const full = (reason: string): Scope => ({ kind: 'full', reason, watermark: at });
  if (options.full) return full('asked for');
  if (at === null || from === null || same === null) return full('never refreshed before');
  if (!same) return full('the time zone or the sold statuses are others than before');
  if (options.since !== null)
    return { kind: 'since', since: options.since, watermark: at, moves: options.since <= from };
  if (due === true) return full(`the last full pass is more than ${FULL_EVERY_DAYS} days ago`);
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
  await session.query(
    `INSERT INTO ops.watermarks AS w (name, at, full_at, run_id) VALUES ($1, $2, $2, $3)
     ON CONFLICT (name) DO UPDATE
     SET at = excluded.at, full_at = CASE WHEN $4 THEN excluded.full_at ELSE w.full_at END, run_id = excluded.run_id`,
    [JOB, now, runId, scope.kind === 'full'],
  );
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
