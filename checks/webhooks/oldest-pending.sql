--! title: Minutes that the oldest due webhook has been kept waiting
--! dimension: timeliness
--! warn: "> 5"
--! metric: {unit: minutes}
--! requires: ops.webhook_inbox
--! owner: operations
--! why: Nobody works on the inbox, or not fast enough; payments and texts are received and not acted on.
--! remedy: Look whether smsfood webhooks work or serve runs, and at smsfood webhooks stats.
-- One that failed is due when its next attempt is; one under a lease that has run out is due since then.
SELECT
  coalesce(extract(epoch FROM max(:now - due)) / 60, 0) AS value,
  count(*) AS due_events
FROM (
  SELECT CASE status WHEN 'processing' THEN lease_until ELSE next_attempt_at END AT TIME ZONE 'UTC' AS due
  FROM ops.webhook_inbox
  WHERE status IN ('pending', 'waiting') OR status = 'processing'
) AS open_events
WHERE due <= :now
