--! title: Hours since customer_rfm_scores was refreshed
--! dimension: timeliness
--! warn: "> 26"
--! metric: {unit: hours}
--! requires: ops.summaries
--! owner: operations
--! why: Campaigns by segment go to customers who have moved on, and nobody can say who moved since.
--! remedy: Run smsfood segments --apply or smsfood refresh; with fewer than 100 buying customers there are no scores.
-- 26 hours: a nightly run may take its time, and a night may have 25 hours. Never refreshed means that nobody uses it.
SELECT
  extract(epoch FROM :now - (max(refreshed_at) AT TIME ZONE 'UTC')) / 3600 AS value,
  max(refreshed_at) AT TIME ZONE 'UTC' AS refreshed,
  CASE WHEN max(refreshed_at) IS NULL THEN 'never refreshed: smsfood refresh' END AS reason
FROM ops.summaries
WHERE name = 'customer_rfm_scores'
