-- value: 0
INSERT INTO ops.summaries (name, timezone, sold_statuses, refreshed_at) VALUES
  ('daily_order_stats', 'America/New_York', '{READY,DELIVERED,PREPARING,PAID}', '2026-03-10T14:30:00Z');
