--! title: Yesterday's orders against the same weekday of the last 8 weeks
--! dimension: anomaly
--! warn: "> 4"
--! metric: {unit: z}
--! owner: operations
--! why: A broken intake or a duplicating job shows in the number of orders before anyone complains.
--! remedy: Compare with holidays and campaigns, then look at the inbound messages of that day.
--! params: {weeks: {integer: 8}, minimum: {integer: 4}, share: {number: 0.05}, floor: {number: 1}}
WITH daily_orders AS (
  SELECT ("createdAt" AT TIME ZONE 'UTC' AT TIME ZONE :timezone)::date AS day,
    count(*) AS orders, coalesce(sum("totalAmount") FILTER (WHERE status::text = ANY (:sold)), 0) AS revenue
  FROM orders
  WHERE "createdAt" >= ((:now AT TIME ZONE 'UTC' AT TIME ZONE :timezone)::date - 1 - 7 * :weeks)::timestamp AT TIME ZONE :timezone AT TIME ZONE 'UTC'
    AND "createdAt" < (:now AT TIME ZONE 'UTC' AT TIME ZONE :timezone)::date::timestamp AT TIME ZONE :timezone AT TIME ZONE 'UTC'
  GROUP BY 1
), weekday AS (
  SELECT yesterday.day, back.week, coalesce(d.orders, 0) AS orders
  FROM (SELECT (:now AT TIME ZONE 'UTC' AT TIME ZONE :timezone)::date - 1 AS day) AS yesterday
  CROSS JOIN generate_series(0, :weeks) AS back (week)
  LEFT JOIN daily_orders d ON d.day = yesterday.day - 7 * back.week
  WHERE back.week = 0 OR yesterday.day - 7 * back.week >= (SELECT min(day) FROM daily_orders)
    OR EXISTS (SELECT FROM orders WHERE "createdAt" < ((:now AT TIME ZONE 'UTC' AT TIME ZONE :timezone)::date - 1 - 7 * :weeks)::timestamp AT TIME ZONE :timezone AT TIME ZONE 'UTC')
), middle AS (
  SELECT count(*) AS weeks, percentile_cont(0.5) WITHIN GROUP (ORDER BY orders) AS median FROM weekday WHERE week > 0
), spread AS (
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(w.orders - m.median)) AS mad
  FROM weekday w CROSS JOIN middle m
  WHERE w.week > 0
), score AS (
  SELECT w.day, w.orders, m.median, m.weeks,
    (w.orders - m.median) / greatest(1.4826 * s.mad, :share * m.median, :floor) AS z
  FROM weekday w CROSS JOIN middle m CROSS JOIN spread s
  WHERE w.week = 0
)
SELECT
  CASE WHEN weeks >= :minimum THEN abs(z) END AS value,
  day, orders, median, z,
  CASE WHEN weeks < :minimum THEN format('%s of %s weeks of history', weeks, :minimum) END AS reason
FROM score
