-- value: 3
INSERT INTO ops.summaries (name, timezone, sold_statuses, refreshed_at) VALUES
  ('business_health', 'America/Chicago', '{DELIVERED,PAID,PREPARING,READY}', '2026-03-10T14:30:00Z'),
  ('customer_rfm_scores', 'America/New_York', '{DELIVERED,PAID,PREPARING}', '2026-03-10T14:30:00Z'),
  ('daily_order_stats', 'America/New_York', '{READY,DELIVERED,PREPARING,PAID}', '2026-03-10T14:30:00Z'),
  ('kpi_snapshots', 'America/New_York', '{CONFIRMED,DELIVERED,PAID,PREPARING,READY}', '2026-03-10T14:30:00Z');
