-- value: 26
INSERT INTO ops.summaries (name, timezone, sold_statuses, refreshed_at) VALUES
  ('daily_order_stats', 'America/New_York', '{DELIVERED,PAID,PREPARING,READY}', '2026-03-09T13:00:00Z'),
  ('kpi_snapshots', 'America/New_York', '{DELIVERED,PAID,PREPARING,READY}', '2026-02-09T13:00:00Z');
