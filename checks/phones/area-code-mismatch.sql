--! title: Inventory numbers filed under another area code
--! dimension: validity
--! level: warn
--! entity: phone_number_inventory
--! owner: operations
--! why: A business that asked for a local number gets one from elsewhere.
--! remedy: Set areaCode from the number.
SELECT id, "phoneNumber", "areaCode", status, "updatedAt"
FROM phone_number_inventory
WHERE starts_with("phoneNumber", '+1') AND substr("phoneNumber", 3, 3) <> "areaCode"
