-- generation: production
-- An event every minute for a month, and none for 14 minutes: what comes in bursts may be late.
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, verified_by, content_hash)
SELECT 'stripe', 'evt_' || n, 'charge.refunded', at, at, 'processed', 'secret 1', ''::bytea
FROM generate_series(0, 42000) AS n, LATERAL (SELECT timestamptz '2026-03-10T14:46:00Z' - n * interval '1 minute' AS at) AS moment;
