--! title: Businesses with several assigned numbers
--! dimension: uniqueness
--! level: warn
--! entity: phone_number_inventory
--! owner: operations
--! why: A business knows one number, so the others are paid for and answer nobody.
--! remedy: Run smsfood phones release NUMBER --force --apply for the numbers that the business does not name.
--! since: |
--!   SELECT other.id
--!   FROM phone_number_inventory touched
--!   JOIN phone_number_inventory other ON other."currentBusinessId" = touched."currentBusinessId"
--!   WHERE touched."createdAt" >= :since OR touched."updatedAt" >= :since
SELECT id, "phoneNumber", status, "currentBusinessId", "assignedAt"
FROM phone_number_inventory
WHERE status = 'ASSIGNED' AND "currentBusinessId" IN (
  SELECT "currentBusinessId" FROM phone_number_inventory WHERE status = 'ASSIGNED' GROUP BY "currentBusinessId" HAVING count(*) > 1
)
