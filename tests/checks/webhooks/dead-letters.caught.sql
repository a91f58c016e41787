-- generation: production
-- keys: 1, 3
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, status, dead_reason, verified_by, content_hash) VALUES
  ('stripe', 'evt_1', 'charge.refunded', '2026-03-10T14:00:00Z', 'dead', 'attempts', 'secret 1', ''),
  ('stripe', 'evt_2', 'charge.refunded', '2026-03-10T14:00:00Z', 'processed', NULL, 'secret 1', ''),
  ('twilio', 'SM1', 'sms.inbound', '2026-01-10T14:00:00Z', 'dead', 'stale', 'secret 2', '');
