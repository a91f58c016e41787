--! title: Inventory numbers that are not E.164
--! dimension: validity
--! level: fail
--! entity: phone_number_inventory
--! owner: operations
--! why: Inbound messages are routed by the exact number, so a business on it never receives an order.
--! remedy: Copy the number as the provider spells it.
SELECT id, "phoneNumber", "areaCode", status, "updatedAt"
FROM phone_number_inventory
WHERE "phoneNumber" !~ '^\+[1-9][0-9]{7,14}$'
