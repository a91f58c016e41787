--! title: Unassigned numbers that still name a business
--! dimension: consistency
--! level: fail
--! entity: phone_number_inventory
--! owner: operations
--! why: The number can be sold to a second business while the first one still receives its messages.
--! remedy: Clear currentBusinessId, or set the number to ASSIGNED if the business uses it. Where it cools down for a business that has left, smsfood phones recycle --release-inactive --apply does it.
SELECT id, "phoneNumber", status, "currentBusinessId", "releasedAt", "cooldownUntil"
FROM phone_number_inventory
WHERE "currentBusinessId" IS NOT NULL AND status IN ('AVAILABLE', 'COOLDOWN', 'RETIRED')
