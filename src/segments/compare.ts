import { type BusinessClock, readBusinessClock } from '../db/business-clock.js';
import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { refuseTooFew, SCORES, scoreValues } from './score.js';

export interface CompareOptions {
  /** `2026-03-10`: a day on which scores were kept. */
  day: string;
  timezone: string;
  sold: readonly string[];
  limits: SessionLimits;
  signal: AbortSignal;
}

/** Customers who went from one segment to another. Null: not scored, as there was no sold order in the 12 months before. */
export interface Movement {
  from: string | null;
  to: string | null;
  customers: number;
}

export interface Mover {
  id: string;
  from: string | null;
  to: string | null;
}

export interface Comparison {
  clock: BusinessClock;
  then: RfmDay;
  /** Every pair of segments that somebody has, those who stayed included. */
  matrix: Movement[];
  /** Who moved, by id. */
  movers: Mover[];
  /** Set where the scores of then were made by other definitions. */
  otherDefinitions: boolean;
}

export interface RfmDay {
  day: string;
  customers: number;
  timezone: string;
  sold: string[];
}

/** Who moved where: the scores of a day against those of now. Throws NOT_FOUND where none of that day were kept. */
export async function compareSegments(pool: Pool, options: CompareOptions): Promise<Comparison> {
  const { limits, signal } = options;
  await requireOps(pool, 'rfm_days', options);
  return inSession(pool, { mode: 'read', limits, signal }, (session) => compare(session, options)).catch(
    couldNot('compare the segments', signal),
  );
}

async function compare(session: Session, { day, timezone, sold }: CompareOptions): Promise<Comparison> {
  const then = await readDay(session, day);
  const clock = await readBusinessClock(session, timezone);
  const { rows } = await session.query<{ scored: number; matrix: Movement[] | null; movers: Mover[] | null }>(COMPARE, [
    ...scoreValues({ clock, sold }),
    day,
  ]);
  refuseTooFew(rows[0]?.scored ?? 0);
  return {
    clock,
    then,
    matrix: rows[0]?.matrix ?? [],
    movers: rows[0]?.movers ?? [],
    otherDefinitions: then.timezone !== timezone || then.sold.join() !== [...sold].sort().join(),
  };
}

const COMPARE = `
  WITH ${SCORES}, past AS (
    SELECT customer_id, segment FROM ops.customer_rfm_scores WHERE as_of <= $7::date AND (until IS NULL OR until > $7)
  ), pair AS (
    SELECT customer_id AS id, past.segment AS "from", scored.segment AS "to" FROM past FULL JOIN scored USING (customer_id)
  ), movement AS (
    SELECT "from", "to", count(*) AS customers FROM pair GROUP BY "from", "to"
  )
  SELECT (SELECT count(*) FROM scored) AS scored,
    (SELECT jsonb_agg(m ORDER BY customers DESC, "from", "to") FROM movement m) AS matrix,
    (SELECT jsonb_agg(p ORDER BY id) FROM pair p WHERE "from" IS DISTINCT FROM "to") AS movers`;

async function readDay(session: Session, day: string): Promise<RfmDay> {
  const { rows } = await session.query<RfmDay>(
    'SELECT day, customers, timezone, sold_statuses AS sold FROM ops.rfm_days WHERE day = $1::date',
    [day],
  );
  const [found] = rows;
  if (found !== undefined) return found;
  const { rows: others } = await session.query<{ day: string }>(
    `SELECT day FROM (SELECT day FROM ops.rfm_days ORDER BY abs(day - $1::date) LIMIT 3) AS near ORDER BY day`,
    [day],
  );
  const days = others.map((other) => other.day).join(', ');
  throw new SmsfoodError(
    'NOT_FOUND',
    `No scores of ${day} were kept, so nobody can say who moved since.`,
    others.length === 0
      ? 'Scores are kept from the first `smsfood segments --apply` or `smsfood refresh` on.'
      : `The nearest days with scores: ${days}.`,
  );
}
