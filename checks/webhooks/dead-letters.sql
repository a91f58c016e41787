--! title: Webhooks that were given up
--! dimension: completeness
--! level: fail
--! requires: ops.webhook_inbox
--! owner: operations
--! why: A payment, a delivery or an order was reported and never reached the data.
--! remedy: Look at one with smsfood webhooks show ID, repair its cause, then smsfood webhooks replay --status dead.
SELECT id, received_at, attempts, source, event_type, dead_reason
FROM ops.webhook_inbox
WHERE status = 'dead'
