--! title: Hours since business_health was refreshed
--! dimension: timeliness
--! warn: "> 26"
--! metric: {unit: hours}
--! requires: ops.summaries
--! owner: operations
--! why: A day without it stays missing, and with it the movement of monthly revenue.
--! remedy: Run smsfood refresh, and look why the nightly run did not.
-- 26 hours: a nightly run may take its time, and a night may have 25 hours. Never refreshed means that nobody uses it.
SELECT
  extract(epoch FROM :now - (max(refreshed_at) AT TIME ZONE 'UTC')) / 3600 AS value,
  max(refreshed_at) AT TIME ZONE 'UTC' AS refreshed,
  CASE WHEN max(refreshed_at) IS NULL THEN 'never refreshed: smsfood refresh' END AS reason
FROM ops.summaries
WHERE name = 'business_health'
