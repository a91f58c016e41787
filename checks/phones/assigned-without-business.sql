--! title: Numbers assigned to nobody
--! dimension: consistency
--! level: fail
--! entity: phone_number_inventory
--! owner: operations
--! why: The number is paid for and can be neither used nor sold.
--! remedy: Name its business, or run smsfood phones release NUMBER --apply.
SELECT id, "phoneNumber", status, "currentBusinessId", "previousBusinessId", "assignedAt"
FROM phone_number_inventory
WHERE status = 'ASSIGNED' AND "currentBusinessId" IS NULL
