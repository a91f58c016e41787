--! title: Payments that somebody has to refund
--! dimension: consistency
--! level: warn
--! requires: ops.webhook_inbox
--! owner: finance
--! why: A customer paid for an order that had been cancelled, or paid twice, and waits for the money.
--! remedy: Refund it at Stripe, whose charge.refunded then settles it; smsfood webhooks list --needs-refund shows them.
SELECT id, received_at, source, event_type, task
FROM ops.webhook_inbox
WHERE task = 'refund needed'
