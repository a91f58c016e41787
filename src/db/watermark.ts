import type { Session } from './session.js';

/** A pass over all rows is due every so many days: it alone sees what was deleted, or changed without updatedAt. */
export const FULL_EVERY_DAYS = 7;

/** Looked back beyond the watermark: for clocks of the application that lag, and transactions that take their time. */
const MARGIN_MINUTES = 60;

/** Up to when a job has seen everything. Times are ISO 8601 in UTC. */
export interface Watermark {
  at: string;
  /** The watermark less the margin: what changed since has to be looked at. */
  from: string;
  /** When the last pass over all rows was. */
  fullAt: string;
  /** True where that is so long ago that another one is due. */
  isFullDue: boolean;
  /** In alphabetical order; null where the job does not go by them. */
  soldStatuses: string[] | null;
}

/** Null where the job never ran. */
export async function readWatermark(session: Session, job: string): Promise<Watermark | null> {
  const { rows } = await session.query<Watermark>(
    `SELECT at, at - make_interval(mins => $2) AS from, full_at AS "fullAt", sold_statuses AS "soldStatuses",
       full_at < transaction_timestamp() - make_interval(days => $3) AS "isFullDue"
     FROM ops.watermarks WHERE name = $1`,
    [job, MARGIN_MINUTES, FULL_EVERY_DAYS],
  );
  return rows[0] ?? null;
}

/** Notes that everything committed before `at` has been looked at; `fullAt` where it was whatever it is, and not only what changed. */
export async function moveWatermark(
  session: Session,
  job: string,
  move: { at: string; fullAt: string | null; runId: string; sold?: readonly string[] },
): Promise<void> {
  await session.query(
    `INSERT INTO ops.watermarks AS w (name, at, full_at, run_id, sold_statuses)
     VALUES ($1, $2::timestamptz, coalesce($3::timestamptz, $2::timestamptz), $4, (SELECT array_agg(DISTINCT s ORDER BY s) FROM unnest($5::text[]) AS s))
     ON CONFLICT (name) DO UPDATE
     SET at = excluded.at, full_at = coalesce($3::timestamptz, w.full_at), run_id = excluded.run_id, sold_statuses = excluded.sold_statuses`,
    [job, move.at, move.fullAt, move.runId, move.sold ?? null],
  );
}
