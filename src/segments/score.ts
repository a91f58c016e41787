import { type BusinessClock, startOfDay } from '../db/business-clock.js';
import { SmsfoodError } from '../errors.js';
import { FEWEST_CUSTOMERS, LAPSED_CATEGORY, segmentCells } from './segments.js';

/** What customers are scored by: the clock, and the statuses of a sold order. */
export interface Scoring {
  clock: BusinessClock;
  sold: readonly string[];
}

/**
 * The WITH queries that score the customers, on $1 to $6 (`scoreValues`).
 * - `scored`: a customer a row, with at least one sold order in the 12 months, which begin with the calendar day of a
 *   year ago. Quintiles by cume_dist: k / n is rounded as 0.2, 0.4 … are, so that five times it is exact at the bounds.
 * - `lapsed`: who bought before that only.
 * Orders from the future, and those of customers that are gone, count for nobody.
 */
export const SCORES = `
  cell AS (
    SELECT cell, segment, category FROM unnest($1::text[], $2::text[], $3::text[]) AS c (cell, segment, category)
  ), year AS (
    SELECT ${startOfDay("$5::date - interval '12 months'", '$6')} AS start
  ), bought AS (
    SELECT o."customerId" AS customer_id, max(o."createdAt") AS last_sold_at,
      count(*) FILTER (WHERE o."createdAt" >= year.start) AS frequency,
      coalesce(sum(o."totalAmount") FILTER (WHERE o."createdAt" >= year.start), 0) AS monetary_cents
    FROM orders o CROSS JOIN year
    WHERE o.status::text = ANY ($4::text[]) AND o."createdAt" <= transaction_timestamp() AT TIME ZONE 'UTC' + interval '5 minutes'
    GROUP BY o."customerId"
  ), buyer AS (
    SELECT b.customer_id, b.last_sold_at, b.frequency, b.monetary_cents, c.category AS present
    FROM bought b JOIN customers c ON c.id = b.customer_id
  ), ranked AS (
    SELECT customer_id, last_sold_at, frequency, monetary_cents, present,
      ceil(5 * cume_dist() OVER (ORDER BY last_sold_at))::integer AS recency_score,
      ceil(5 * cume_dist() OVER (ORDER BY frequency))::integer AS frequency_score,
      ceil(5 * cume_dist() OVER (ORDER BY monetary_cents))::integer AS monetary_score
    FROM buyer
    WHERE frequency > 0
  ), scored AS MATERIALIZED (
    SELECT r.customer_id, r.last_sold_at AT TIME ZONE 'UTC' AS last_sold_at, r.frequency, r.monetary_cents, r.recency_score,
      r.frequency_score, r.monetary_score, r.present, cell.segment, cell.category
    FROM ranked r JOIN cell ON cell.cell = concat(r.recency_score, r.frequency_score)
  ), lapsed AS (
    SELECT customer_id, last_sold_at, present FROM buyer WHERE frequency = 0
  )`;

export function scoreValues({ clock, sold }: Scoring): unknown[] {
  const { cells, segments, categories } = segmentCells();
  return [cells, segments, categories, sold, clock.day, clock.timezone];
}

/** The plan: what everybody with a sold order, ever, should be called, and is. */
export const TARGETS = `
  target AS (
    SELECT customer_id, segment, category, present, monetary_cents,
      format('segment %s (R%s F%s M%s)', segment, recency_score, frequency_score, monetary_score) AS reason
    FROM scored
    UNION ALL
    SELECT customer_id, NULL, '${LAPSED_CATEGORY}', present, 0,
      format('no sold order since %s, more than 12 months ago', (last_sold_at AT TIME ZONE 'UTC' AT TIME ZONE $6)::date)
    FROM lapsed
  )`;

/** Throws TOO_FEW_CUSTOMERS. */
export function refuseTooFew(customers: number): void {
  if (customers >= FEWEST_CUSTOMERS) return;
  throw new SmsfoodError(
    'TOO_FEW_CUSTOMERS',
    `${customers} customers have a sold order in the last 12 months; quintiles need at least ${FEWEST_CUSTOMERS}.`,
    'Nothing was changed. Come back when there are more; `soldStatuses` in the configuration says what counts as sold.',
  );
}
