import { type BusinessClock, readBusinessClock } from '../db/business-clock.js';
import type { Session } from '../db/session.js';
import { refuseTooFew, SCORES, type Scoring, scoreValues, TARGETS } from './score.js';
import { WRITE_SCORES, WRITTEN } from './write-scores.js';

/** Customers of one segment who have one category. */
export interface Group {
  /** Null for those who bought before the 12 months only. */
  segment: string | null;
  /** What the segment means. */
  category: string;
  /** What customers.category says. */
  present: string | null;
  customers: number;
  /** Sum of their sold orders in the 12 months. */
  cents: number;
}

/** A customer whose category is another than the segment's. */
export interface PlannedChange {
  id: string;
  present: string | null;
  category: string;
  segment: string | null;
  reason: string;
}

/** Rows of ops.customer_rfm_scores that a scoring added, ended, corrected and took away. */
export interface WrittenScores {
  added: number;
  closed: number;
  renewed: number;
  removed: number;
}

export interface SegmentPlan {
  clock: BusinessClock;
  /** The first day of the 12 months. */
  since: string;
  /** Customers with scores. */
  scored: number;
  groups: Group[];
  /** All of them, or the first few by id. */
  changes: PlannedChange[];
  /** How many there are. */
  planned: number;
  customers: number;
  /** Null where nothing was written. */
  written: WrittenScores | null;
}

export interface PlanOptions {
  timezone: string;
  sold: readonly string[];
  /** How many of the changes to list; null for all. */
  list: number | null;
  /** Also writes the scores, in the caller's transaction. */
  write: boolean;
}

interface Row {
  since: string;
  groups: Group[] | null;
  changes: PlannedChange[] | null;
  customers: number;
  written: WrittenScores | null;
}

/** Scores all customers in one statement, and says what their categories should become. Throws TOO_FEW_CUSTOMERS. */
export async function planSegments(session: Session, options: PlanOptions): Promise<SegmentPlan> {
  const scoring: Scoring = { clock: await readBusinessClock(session, options.timezone), sold: options.sold };
  const { rows } = await session.query<Row>(statement(options.write), [...scoreValues(scoring), options.list]);
  const groups = rows[0]?.groups ?? [];
  const scored = total(groups.filter(({ segment }) => segment !== null));
  refuseTooFew(scored);
  return {
    clock: scoring.clock,
    since: rows[0]?.since ?? '',
    scored,
    groups,
    changes: rows[0]?.changes ?? [],
    planned: total(groups.filter(({ category, present }) => category !== present)),
    customers: rows[0]?.customers ?? 0,
    written: rows[0]?.written ?? null,
  };
}

export function total(groups: readonly Group[]): number {
  return groups.reduce((sum, { customers }) => sum + customers, 0);
}

function statement(write: boolean): string {
  return `
  WITH ${SCORES}, ${TARGETS}, ${write ? `${WRITE_SCORES}, ` : ''}
  in_groups AS (
    SELECT segment, category, present, count(*) AS customers, sum(monetary_cents) AS cents
    FROM target GROUP BY segment, category, present
  ), change AS (
    SELECT customer_id AS id, present, category, segment, reason
    FROM target WHERE category IS DISTINCT FROM present
    ORDER BY customer_id LIMIT $7::bigint
  )
  SELECT ($5::date - interval '12 months')::date AS since,
    (SELECT jsonb_agg(g) FROM in_groups g) AS groups,
    (SELECT jsonb_agg(c ORDER BY id) FROM change c) AS changes,
    (SELECT count(*) FROM customers) AS customers,
    ${write ? WRITTEN : 'NULL'} AS written`;
}
