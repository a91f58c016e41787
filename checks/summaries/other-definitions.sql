--! title: Summary tables made with another time zone or other sold statuses
--! dimension: consistency
--! warn: "> 0"
--! metric: {unit: tables}
--! requires: ops.summaries
--! owner: operations
--! why: Their days and sales are not those that the configuration now means, and reports pass them over.
--! remedy: Run smsfood refresh, which then looks at all orders.
WITH judged AS (
  SELECT name, timezone <> :timezone OR NOT (sold_statuses @> :sold AND sold_statuses <@ :sold) AS differs FROM ops.summaries
)
SELECT
  CASE WHEN count(*) > 0 THEN count(*) FILTER (WHERE differs) END AS value,
  CASE WHEN count(*) > 0 THEN string_agg(name, ', ' ORDER BY name) FILTER (WHERE differs) ELSE 'never refreshed: smsfood refresh' END AS reason
FROM judged
