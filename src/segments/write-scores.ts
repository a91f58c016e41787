/**
 * The WITH queries that bring ops.customer_rfm_scores up to what `scored` says on the day $5: a row whose scores hold no
 * more ends, one that began today is corrected or taken away, and the values of the others follow. Doing it again changes nothing.
 */
export const WRITE_SCORES = `
  held AS (
    SELECT customer_id, as_of, recency_score, frequency_score, monetary_score
    FROM ops.customer_rfm_scores WHERE until IS NULL
  ), over AS (
    SELECT h.customer_id, h.as_of
    FROM held h LEFT JOIN scored s ON s.customer_id = h.customer_id
    WHERE s.customer_id IS NULL
      OR h.as_of < $5 AND ROW(h.recency_score, h.frequency_score, h.monetary_score)
           IS DISTINCT FROM ROW(s.recency_score, s.frequency_score, s.monetary_score)
  ), removed AS (
    DELETE FROM ops.customer_rfm_scores t USING over o
    WHERE t.customer_id = o.customer_id AND t.as_of = o.as_of AND t.as_of >= $5
    RETURNING t.customer_id
  ), closed AS (
    UPDATE ops.customer_rfm_scores t SET until = $5 FROM over o
    WHERE t.customer_id = o.customer_id AND t.as_of = o.as_of AND t.as_of < $5
    RETURNING t.customer_id
  ), renewed AS (
    UPDATE ops.customer_rfm_scores t
    SET last_sold_at = s.last_sold_at, frequency = s.frequency, monetary_cents = s.monetary_cents,
      recency_score = s.recency_score, frequency_score = s.frequency_score, monetary_score = s.monetary_score,
      segment = s.segment, category = s.category, computed_at = transaction_timestamp()
    FROM scored s
    WHERE t.customer_id = s.customer_id AND t.until IS NULL
      AND NOT EXISTS (SELECT FROM over o WHERE o.customer_id = t.customer_id)
      AND ROW(t.last_sold_at, t.frequency, t.monetary_cents, t.recency_score, t.frequency_score, t.monetary_score, t.segment, t.category)
        IS DISTINCT FROM ROW(s.last_sold_at, s.frequency, s.monetary_cents, s.recency_score, s.frequency_score, s.monetary_score, s.segment, s.category)
    RETURNING t.customer_id
  ), added AS (
    INSERT INTO ops.customer_rfm_scores AS t (customer_id, as_of, last_sold_at, frequency, monetary_cents, recency_score,
      frequency_score, monetary_score, segment, category, computed_at)
    SELECT s.customer_id, $5, s.last_sold_at, s.frequency, s.monetary_cents, s.recency_score, s.frequency_score,
      s.monetary_score, s.segment, s.category, transaction_timestamp()
    FROM scored s
    WHERE NOT EXISTS (SELECT FROM held h WHERE h.customer_id = s.customer_id)
      OR EXISTS (SELECT FROM over o WHERE o.customer_id = s.customer_id)
    ON CONFLICT (customer_id, as_of) DO UPDATE SET until = NULL, last_sold_at = excluded.last_sold_at,
      frequency = excluded.frequency, monetary_cents = excluded.monetary_cents, recency_score = excluded.recency_score,
      frequency_score = excluded.frequency_score, monetary_score = excluded.monetary_score, segment = excluded.segment,
      category = excluded.category, computed_at = excluded.computed_at
    RETURNING t.customer_id
  ), noted_day AS (
    INSERT INTO ops.rfm_days AS d (day, customers, timezone, sold_statuses, computed_at)
    SELECT $5, count(*), $6, ARRAY(SELECT unnest($4::text[]) ORDER BY 1), transaction_timestamp() FROM scored
    ON CONFLICT (day) DO UPDATE SET customers = excluded.customers, timezone = excluded.timezone,
      sold_statuses = excluded.sold_statuses, computed_at = excluded.computed_at
  ), noted AS (
    INSERT INTO ops.summaries (name, timezone, sold_statuses, refreshed_at)
    VALUES ('customer_rfm_scores', $6, ARRAY(SELECT unnest($4::text[]) ORDER BY 1), transaction_timestamp())
    ON CONFLICT (name) DO UPDATE SET timezone = excluded.timezone, sold_statuses = excluded.sold_statuses,
      refreshed_at = excluded.refreshed_at
  )`;

/** What they did, as one value. */
export const WRITTEN = `jsonb_build_object('added', (SELECT count(*) FROM added), 'closed', (SELECT count(*) FROM closed),
      'renewed', (SELECT count(*) FROM renewed), 'removed', (SELECT count(*) FROM removed))`;
