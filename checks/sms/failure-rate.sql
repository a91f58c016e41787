--! title: Share of outbound messages of the last 24 hours that failed
--! dimension: anomaly
--! warn: "> 0.05"
--! metric: {unit: ratio}
--! entity: sms_logs
--! owner: operations
--! why: Customers do not get menus and confirmations, and nobody hears of it from them.
--! remedy: Look at the error codes, the account's balance and the carrier's registration.
--! params: {window: {interval: 24 hours}, minimum: {integer: 20}}
SELECT
  CASE WHEN count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now) >= :minimum
    THEN count(*) FILTER (WHERE status = 'FAILED' AND direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now)::numeric
      / nullif(count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now), 0)
  END AS value,
  count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now) AS messages,
  CASE WHEN count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now) < :minimum
    THEN format('%s outbound messages, a rate needs %s',
      count(*) FILTER (WHERE direction = 'OUTBOUND' AND "createdAt" >= :now - :window AND "createdAt" <= :now), :minimum)
  END AS reason
FROM sms_logs
