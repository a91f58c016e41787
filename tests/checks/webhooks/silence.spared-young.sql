-- generation: production
-- Busy, and now silent, but known for less than three weeks before the same hours: nobody can say what is usual.
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, verified_by, content_hash)
SELECT 'stripe', 'evt_' || n, 'charge.refunded', at, at, 'processed', 'secret 1', ''::bytea
FROM generate_series(0, 2200) AS n, LATERAL (SELECT timestamptz '2026-03-10T10:00:00Z' - n * interval '13 minutes' AS at) AS moment;
