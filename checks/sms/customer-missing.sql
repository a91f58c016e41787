--! title: Messages without a customer
--! dimension: completeness
--! warn: "> 5%"
--! entity: sms_logs
--! owner: engineering
--! why: Messages are logged before their sender is known, so a conversation cannot be read back.
--! remedy: Look the customer up before the message is logged, or set the customer afterwards.
SELECT id, direction, status, "customerId", "createdAt"
FROM sms_logs
WHERE "customerId" IS NULL
