--! title: Numbers in cooldown without an end
--! dimension: temporal
--! level: fail
--! entity: phone_number_inventory
--! owner: operations
--! why: The number cools down for ever, and is paid for.
--! remedy: Set cooldownUntil to releasedAt and 30 days.
SELECT id, "phoneNumber", status, "releasedAt", "cooldownUntil"
FROM phone_number_inventory
WHERE status = 'COOLDOWN' AND "cooldownUntil" IS NULL
