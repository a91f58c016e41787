-- generation: production
-- Nine at most in the same hours; the tenth came at another hour of the day by the clocks of New York.
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, verified_by, content_hash)
SELECT 'stripe', 'evt_' || week || '_' || n, 'charge.refunded', at, at, 'processed', 'secret 1', ''::bytea
FROM generate_series(1, 4) AS week, generate_series(0, 9) AS n,
  LATERAL (SELECT (timestamp '2026-03-10 07:59' - week * interval '7 days' + n * interval '20 minutes') AT TIME ZONE 'America/New_York' AS at) AS moment
UNION ALL
SELECT 'stripe', 'evt_first', 'charge.refunded', '2026-02-09T12:00:00Z', '2026-02-09T12:00:00Z', 'processed', 'secret 1', ''::bytea
UNION ALL
SELECT 'stripe', 'evt_last', 'charge.refunded', '2026-03-10T12:00:00Z', '2026-03-10T12:00:00Z', 'processed', 'secret 1', ''::bytea;
