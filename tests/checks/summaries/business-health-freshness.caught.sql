-- value: 26.5
-- That another table is fresh says nothing of this one.
INSERT INTO ops.summaries (name, timezone, sold_statuses, refreshed_at) VALUES
  ('business_health', 'America/New_York', '{DELIVERED,PAID,PREPARING,READY}', '2026-03-09T12:30:00Z'),
  ('customer_rfm_scores', 'America/New_York', '{DELIVERED,PAID,PREPARING,READY}', '2026-03-10T14:30:00Z');
