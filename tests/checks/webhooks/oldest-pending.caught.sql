-- generation: production
-- value: 6.5
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, next_attempt_at, verified_by, content_hash) VALUES
  ('stripe', 'evt_1', 'charge.refunded', '2026-03-10T14:00:00Z', '2026-03-10T14:00:00Z', 'pending', '2026-03-10T14:53:30Z', 'secret 1', ''),
  ('stripe', 'evt_2', 'charge.refunded', '2026-03-10T14:00:00Z', '2026-03-10T14:00:00Z', 'pending', '2026-03-10T14:59:00Z', 'secret 1', ''),
  ('stripe', 'evt_3', 'charge.refunded', '2026-03-10T12:00:00Z', '2026-03-10T12:00:00Z', 'processed', '2026-03-10T12:00:00Z', 'secret 1', '');
