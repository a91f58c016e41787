--! title: Numbers in use before their cooldown is over
--! dimension: temporal
--! level: fail
--! entity: phone_number_inventory
--! owner: operations
--! why: Customers of the last business text the new one.
--! remedy: Put the number back into COOLDOWN, or clear cooldownUntil if the assignment forgot to.
SELECT id, "phoneNumber", status, "cooldownUntil", "releasedAt", "assignedAt"
FROM phone_number_inventory
WHERE status IN ('AVAILABLE', 'RESERVED', 'ASSIGNED') AND "cooldownUntil" > :now
