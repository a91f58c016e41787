--! title: Businesses whose assigned number is not E.164
--! dimension: validity
--! level: fail
--! entity: business_customers
--! owner: operations
--! why: Inbound messages are routed by the exact number, so this business never receives an order.
--! remedy: Copy the number as the inventory spells it.
SELECT id, "businessName", "assignedPhoneNumber", "subscriptionStatus", "updatedAt"
FROM business_customers
WHERE "assignedPhoneNumber" !~ '^\+[1-9][0-9]{7,14}$'
