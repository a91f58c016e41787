--! title: Numbers that cool down for less than 30 days
--! dimension: temporal
--! level: fail
--! entity: phone_number_inventory
--! owner: operations
--! why: Customers of the last business text the new one.
--! remedy: Set cooldownUntil to releasedAt and 30 days.
--! params: {cooldown: {interval: 30 days}, tolerance: {interval: 1 hour}}
SELECT id, "phoneNumber", status, "releasedAt", "cooldownUntil"
FROM phone_number_inventory
WHERE "cooldownUntil" < "releasedAt" + :cooldown - :tolerance
