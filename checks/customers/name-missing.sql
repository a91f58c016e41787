--! title: Active customers without a name
--! dimension: completeness
--! warn: "> 40%"
--! entity: customers
--! population: '"isActive"'
--! owner: product
--! why: The kitchen and the driver cannot tell whose order it is, and messages greet nobody.
--! remedy: Ask for the name in the next conversation; do not fill in a placeholder.
SELECT id, "phoneNumber", name, "totalOrders", "createdAt"
FROM customers
WHERE "isActive" AND (name IS NULL OR name !~ '\S')
