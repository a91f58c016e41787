--! title: Share of outbound messages of the last 7 days that were delivered
--! dimension: anomaly
--! warn: "< 0.95"
--! metric: {unit: ratio}
--! entity: sms_logs
--! owner: operations
--! why: Messages that are sent and not known to be delivered are customers lost, or callbacks lost.
--! remedy: Take the provider's delivery callbacks; then look at what the undelivered ones share.
--! params: {window: {interval: 7 days}, settled: {interval: 1 hour}, minimum: {integer: 20}}
SELECT
  CASE WHEN count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now - :settled) >= :minimum
    THEN count(*) FILTER (WHERE status = 'DELIVERED' AND direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now - :settled)::numeric
      / nullif(count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now - :settled), 0)
  END AS value,
  count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now - :settled) AS messages,
  CASE WHEN count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now - :settled) < :minimum
    THEN format('%s outbound messages, a rate needs %s',
      count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now - :settled), :minimum)
  END AS reason
FROM sms_logs
