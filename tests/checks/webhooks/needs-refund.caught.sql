-- generation: production
-- keys: 1, 3
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, status, dead_reason, task, verified_by, content_hash) VALUES
  ('stripe', 'evt_1', 'payment_intent.succeeded', '2026-03-10T14:00:00Z', 'processed', NULL, 'refund needed', 'secret 1', ''),
  ('stripe', 'evt_2', 'payment_intent.succeeded', '2026-03-10T14:00:00Z', 'processed', NULL, NULL, 'secret 1', ''),
  -- Replayed since, and given up: the money is owed all the same.
  ('stripe', 'evt_3', 'payment_intent.succeeded', '2026-01-10T14:00:00Z', 'dead', 'attempts', 'refund needed', 'secret 1', '');
