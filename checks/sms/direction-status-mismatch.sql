--! title: Messages whose status does not fit their direction
--! dimension: consistency
--! level: fail
--! entity: sms_logs
--! owner: engineering
--! why: Delivery and failure rates count messages that were never sent.
--! remedy: Inbound messages are RECEIVED, outbound ones never are; correct the code that logs them.
SELECT id, direction, status, "twilioSid", "createdAt"
FROM sms_logs
WHERE (direction = 'INBOUND' AND status <> 'RECEIVED') OR (direction = 'OUTBOUND' AND status = 'RECEIVED')
