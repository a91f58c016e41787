-- generation: production
-- value: 5
-- A retry that is not due yet, and work under way, wait for nobody. Exactly five minutes are no violation.
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, dead_reason, next_attempt_at, lease_token, lease_until, verified_by, content_hash) VALUES
  ('stripe', 'evt_1', 'charge.refunded', '2026-03-10T04:00:00Z', '2026-03-10T04:00:00Z', 'pending', NULL, '2026-03-10T16:00:00Z', NULL, NULL, 'secret 1', ''),
  ('stripe', 'evt_2', 'charge.refunded', '2026-03-10T14:00:00Z', '2026-03-10T14:00:00Z', 'waiting', NULL, '2026-03-10T14:55:00Z', NULL, NULL, 'secret 1', ''),
  ('stripe', 'evt_3', 'charge.refunded', '2026-03-10T14:00:00Z', '2026-03-10T14:00:00Z', 'processing', NULL, '2026-03-10T14:00:00Z', gen_random_uuid(), '2026-03-10T15:00:30Z', 'secret 1', ''),
  ('stripe', 'evt_4', 'charge.refunded', '2026-03-10T14:00:00Z', '2026-03-10T14:00:00Z', 'dead', 'attempts', '2026-03-10T14:00:00Z', NULL, NULL, 'secret 1', '');
