-- generation: production
-- value: 30
-- Its worker is gone, and no other one takes it over.
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, next_attempt_at, lease_token, lease_until, verified_by, content_hash) VALUES
  ('stripe', 'evt_1', 'charge.refunded', '2026-03-10T14:00:00Z', '2026-03-10T14:00:00Z', 'processing', '2026-03-10T14:00:00Z', gen_random_uuid(), '2026-03-10T14:30:00Z', 'secret 1', '');
