--! title: Messages that share a provider id
--! dimension: uniqueness
--! level: fail
--! entity: sms_logs
--! owner: engineering
--! why: One message was processed twice, so an order may have been taken twice.
--! remedy: Store the provider's id under a unique constraint before acting on a message.
--! since: |
--!   SELECT other.id
--!   FROM sms_logs touched
--!   JOIN sms_logs other ON other."twilioSid" = touched."twilioSid"
--!   WHERE touched."createdAt" >= :since
-- Hashes sort much faster than text, and OFFSET 0 keeps the planner from a hash table that would spill; the few that repeat are compared as text.
WITH suspect AS MATERIALIZED (
  SELECT id, direction, status, "twilioSid", "createdAt"
  FROM sms_logs
  WHERE hashtextextended("twilioSid", 0) IN (
    SELECT hash
    FROM (SELECT hashtextextended("twilioSid", 0) AS hash FROM sms_logs WHERE "twilioSid" IS NOT NULL ORDER BY 1 OFFSET 0) AS sorted
    GROUP BY hash
    HAVING count(*) > 1
  )
)
SELECT id, direction, status, "twilioSid", "createdAt"
FROM suspect
WHERE "twilioSid" IN (SELECT "twilioSid" FROM suspect GROUP BY "twilioSid" HAVING count(*) > 1)
