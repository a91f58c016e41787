--! title: Sources of webhooks that have gone silent
--! dimension: anomaly
--! level: warn
--! key: source
--! requires: ops.webhook_inbox
--! owner: operations
--! why: A source that sends nothing in hours in which it usually does is cut off, and what it has to say is lost or late.
--! remedy: Look at the webhook settings and logs at the provider, at the proxy, and whether smsfood webhooks serve answers.
--! params: {least: {integer: 10}, weeks: {integer: 3}, quiet: {interval: 15 minutes}}
-- The stretch since the last event, of seven days at most, against the same stretch of the last four weeks of the business
-- time zone: the median of those weeks that the inbox remembers in full. Ten to be
-- expected and none is one chance in 20,000; what comes in bursts may be a quarter of an hour late.
WITH clock AS (
  SELECT :now AT TIME ZONE 'UTC' AS now
), sources AS (
  SELECT i.source, min(i.received_at) AS first_at, max(i.received_at) AS last_at
  FROM ops.webhook_inbox i CROSS JOIN clock c
  WHERE i.received_at > c.now - interval '35 days' AND i.received_at <= c.now
  GROUP BY i.source
), stretches AS (
  SELECT s.source, s.first_at,
    (greatest(s.last_at, c.now - interval '7 days') AT TIME ZONE :timezone - week * interval '7 days') AT TIME ZONE :timezone AS from_at,
    (c.now AT TIME ZONE :timezone - week * interval '7 days') AT TIME ZONE :timezone AS until_at
  FROM sources s CROSS JOIN clock c CROSS JOIN generate_series(1, 4) AS week
), usual AS (
  SELECT t.source, percentile_cont(0.5) WITHIN GROUP (ORDER BY n.events::float8) AS median, count(*) AS known
  FROM stretches t CROSS JOIN LATERAL (
    SELECT count(*) AS events FROM ops.webhook_inbox i
    WHERE i.source = t.source AND i.received_at > t.from_at AND i.received_at <= t.until_at
  ) n
  WHERE t.first_at <= t.from_at
  GROUP BY t.source
)
SELECT s.source, s.last_at, round(extract(epoch FROM c.now - s.last_at) / 3600, 1) AS silent_hours, u.median AS usual_events
FROM sources s JOIN usual u ON u.source = s.source CROSS JOIN clock c
WHERE u.known >= :weeks AND u.median >= :least AND c.now - s.last_at >= :quiet
