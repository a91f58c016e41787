--! title: Messages sent more than an hour ago with no word of their delivery
--! dimension: timeliness
--! level: warn
--! entity: sms_logs
--! owner: operations
--! why: Whether the customer got the message is unknown, and the failures among them are not counted.
--! remedy: Take the provider's delivery callbacks, and look the old ones up at the provider.
--! params: {age: {interval: 1 hour}}
SELECT id, direction, status, "twilioSid", "createdAt"
FROM sms_logs
WHERE status = 'SENT' AND direction = 'OUTBOUND' AND "createdAt" < :now - :age
