--! title: Failed messages without an error code
--! dimension: completeness
--! level: warn
--! entity: sms_logs
--! owner: engineering
--! why: Nobody can tell a wrong number from a carrier's filter or an empty account.
--! remedy: Store the provider's error code when a send fails, and take its delivery callbacks.
SELECT id, direction, status, "errorCode", "createdAt"
FROM sms_logs
WHERE status = 'FAILED' AND ("errorCode" IS NULL OR "errorCode" !~ '\S')
