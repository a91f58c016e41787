--! title: Customers whose phone number is not E.164
--! dimension: validity
--! level: fail
--! entity: customers
--! owner: engineering
--! why: Messages to the number fail, and the next inbound message creates the customer a second time.
--! remedy: Rewrite the number as + and country code, and normalise numbers where they enter.
-- The length apart is twice as fast as {7,14} in the expression.
SELECT id, "phoneNumber", "isActive", "totalOrders", "createdAt"
FROM customers
WHERE length("phoneNumber") NOT BETWEEN 9 AND 16 OR "phoneNumber" !~ '^\+[1-9][0-9]*$'
