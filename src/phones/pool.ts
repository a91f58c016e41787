import type { Pool as Connections } from '../db/pool.js';
import { inSession, type SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import { judgedNumbers, judgedParameters, providerColumn } from './standing.js';

/** The numbers of an area code, or of all of them. */
export interface PoolPart {
  /** Null for the whole pool. */
  areaCode: string | null;
  total: number;
  available: number;
  assigned: number;
  reserved: number;
  cooldown: number;
  retired: number;
  /** Those in COOLDOWN that `recycle` would make AVAILABLE now. */
  due: number;
  /** The number that becomes free first, and when `recycle` may do it; null where none cools down. */
  nextId: string | null;
  nextNumber: string | null;
  nextAt: string | null;
  /** Numbers whose last assignment lies within the last 90 days. */
  assignments: number;
}

export interface PoolState {
  /** The database's clock. */
  now: string;
  parts: PoolPart[];
  whole: PoolPart;
}

export interface PoolOptions {
  areaCode: string | null;
  marginMs: number;
  limits: SessionLimits;
  signal: AbortSignal;
}

export const RATE_DAYS = 90;

/** Months that the available numbers last at the rate of the last 90 days; null where nothing was assigned. */
export function supplyMonths({ available, assignments }: PoolPart): number | null {
  return assignments === 0 ? null : available / (assignments / (RATE_DAYS / 30));
}

/** The pool by area code, on one instant. Throws NOTHING_SELECTED for an area code without numbers. */
export async function readPool(connections: Connections, options: PoolOptions): Promise<PoolState> {
  return inSession(connections, { ...options, mode: 'read' }, async (session) => {
    const provider = await providerColumn(session, connections.url.schema);
    const { rows } = await session.query<PoolPart & { now: string }>(POOL_SQL(provider), [
      ...judgedParameters(null, options.marginMs),
      `${RATE_DAYS} days`,
    ]);
    const whole = rows.find(({ areaCode }) => areaCode === null);
    const parts = rows.filter(({ areaCode }) => areaCode !== null);
    if (whole === undefined) throw new Error('a grouping without its total');
    const now = whole.now;
    if (options.areaCode === null) return { now, parts, whole };
    const [part] = parts.filter(({ areaCode }) => areaCode === options.areaCode);
    if (part !== undefined) return { now, parts: [part], whole: part };
    throw new SmsfoodError(
      'NOTHING_SELECTED',
      `The pool has no number with the area code "${options.areaCode}".`,
      suggestion(
        options.areaCode,
        parts.flatMap(({ areaCode }) => areaCode ?? []),
      ),
    );
  });
}

const POOL_SQL = (provider: string | null) => `${judgedNumbers(provider)}, waiting AS (
    -- A business that holds a number keeps it from becoming free.
    SELECT id, free_at FROM judged
    WHERE standing IN ('over', 'cooling', 'too-short') AND holders = '{}' AND "currentBusinessId" IS NULL
  )
  SELECT j."areaCode", count(*) AS total,
    count(*) FILTER (WHERE status = 'AVAILABLE') AS available,
    count(*) FILTER (WHERE status = 'ASSIGNED') AS assigned,
    count(*) FILTER (WHERE status = 'RESERVED') AS reserved,
    count(*) FILTER (WHERE status = 'COOLDOWN') AS cooldown,
    count(*) FILTER (WHERE status = 'RETIRED') AS retired,
    count(*) FILTER (WHERE standing = 'over') AS due,
    (array_agg(j.id ORDER BY w.free_at, j.id) FILTER (WHERE w.id IS NOT NULL))[1] AS "nextId",
    (array_agg(j."phoneNumber" ORDER BY w.free_at, j.id) FILTER (WHERE w.id IS NOT NULL))[1] AS "nextNumber",
    min(w.free_at) AS "nextAt",
    count(*) FILTER (WHERE "assignedAt" <= j.now AND "assignedAt" > j.now - $4::interval) AS assignments,
    (SELECT clock.now FROM clock) AS now
  FROM judged j LEFT JOIN waiting w ON w.id = j.id
  GROUP BY GROUPING SETS ((j."areaCode"), ())
  ORDER BY j."areaCode"`;
