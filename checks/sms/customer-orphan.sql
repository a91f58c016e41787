--! title: Messages of a customer that does not exist
--! dimension: integrity
--! level: fail
--! entity: sms_logs
--! owner: engineering
--! why: The conversation belongs to nobody and is missed when a customer's data must be deleted.
--! remedy: Clear customerId, and restore the foreign key.
SELECT s.id, s.direction, s.status, s."customerId", s."createdAt"
FROM sms_logs s
WHERE s."customerId" IS NOT NULL
  AND NOT EXISTS (SELECT FROM customers c WHERE c.id = s."customerId")
