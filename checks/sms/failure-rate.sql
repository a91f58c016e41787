--! title: Share of outbound messages of the last 24 hours that failed
--! dimension: anomaly
--! warn: "> 0.05"
--! metric: {unit: ratio}
--! entity: sms_logs
--! owner: operations
--! why: Customers do not get menus and confirmations, and nobody hears of it from them.
--! remedy: Look at the error codes, the account's balance and the carrier's registration.
--! params: {window: {interval: 24 hours}, minimum: {integer: 20}}
-- Messages dated in the future count: a clock that runs ahead must not hide that sending fails.
SELECT
  CASE WHEN count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window) >= :minimum
    THEN count(*) FILTER (WHERE status = 'FAILED' AND direction = 'OUTBOUND' AND "createdAt" >= :now - :window)::numeric
      / nullif(count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window), 0)
  END AS value,
  count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window) AS messages,
  CASE WHEN count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window) < :minimum
    THEN format('%s outbound messages, a rate needs %s',
      count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window), :minimum)
  END AS reason
FROM sms_logs
