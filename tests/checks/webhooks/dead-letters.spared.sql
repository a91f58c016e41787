-- generation: production
INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, status, attempts, task, lease_token, lease_until, verified_by, content_hash)
SELECT 'stripe', status, 'charge.refunded', '2026-03-10T14:00:00Z', status, 11, CASE status WHEN 'processed' THEN 'refund needed' END,
  CASE status WHEN 'processing' THEN gen_random_uuid() END, CASE status WHEN 'processing' THEN now() END, 'secret 1', ''
FROM unnest('{pending,processing,processed,ignored,waiting}'::text[]) AS status;
