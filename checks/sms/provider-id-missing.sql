--! title: Sent messages without the provider's id
--! dimension: completeness
--! level: warn
--! entity: sms_logs
--! owner: engineering
--! why: A delivery callback cannot be matched, so the message stays unknown for ever.
--! remedy: Store the id that the provider answers with.
SELECT id, direction, status, "twilioSid", "createdAt"
FROM sms_logs
WHERE "twilioSid" IS NULL AND direction = 'OUTBOUND' AND status <> 'FAILED'
