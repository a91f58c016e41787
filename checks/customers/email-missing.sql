--! title: Active customers without an e-mail address
--! dimension: completeness
--! warn: "> 80%"
--! entity: customers
--! population: '"isActive"'
--! owner: product
--! why: Receipts and win-back campaigns reach only customers with an address.
--! remedy: Ask for the address at checkout.
SELECT id, "phoneNumber", email, "totalOrders", "createdAt"
FROM customers
WHERE "isActive" AND (email IS NULL OR email !~ '\S')
