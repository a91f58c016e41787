-- status: skipped
INSERT INTO ops.summaries (name, timezone, sold_statuses, refreshed_at) VALUES
  ('business_health', 'America/New_York', '{DELIVERED,PAID,PREPARING,READY}', '2026-02-09T13:00:00Z');
