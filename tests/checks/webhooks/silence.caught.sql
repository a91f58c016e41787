-- generation: production
-- keys: stripe
-- Stripe: ten events between 08:00 and 11:00 of New York on each of the four Tuesdays before, which is an hour later by UTC, as
-- the clocks changed on 8 March; and today the last one at 08:00. It is 11:00 now.
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, verified_by, content_hash)
SELECT 'stripe', 'evt_' || week || '_' || n, 'charge.refunded', at, at, 'processed', 'secret 1', ''::bytea
FROM generate_series(1, 4) AS week, generate_series(1, 10) AS n,
  LATERAL (SELECT (timestamp '2026-03-10 08:00' - week * interval '7 days' + n * interval '18 minutes') AT TIME ZONE 'America/New_York' AS at) AS moment
UNION ALL
SELECT 'stripe', 'evt_first', 'charge.refunded', '2026-02-09T12:00:00Z', '2026-02-09T12:00:00Z', 'processed', 'secret 1', ''::bytea
UNION ALL
SELECT 'stripe', 'evt_last', 'charge.refunded', '2026-03-10T12:00:00Z', '2026-03-10T12:00:00Z', 'processed', 'secret 1', ''::bytea;
-- Twilio has sent something a minute ago.
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, verified_by, content_hash)
SELECT 'twilio', 'SM' || n, 'sms.inbound', at, at, 'processed', 'secret 1', ''::bytea
FROM generate_series(0, 3000) AS n, LATERAL (SELECT timestamptz '2026-03-10T14:59:00Z' - n * interval '15 minutes' AS at) AS moment;
