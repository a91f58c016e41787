--! title: Customers whose e-mail address cannot be one
--! dimension: validity
--! level: warn
--! entity: customers
--! owner: product
--! why: Receipts bounce, and bounces harm the sender's reputation.
--! remedy: Correct the address or set it to null, and validate it where it enters.
SELECT id, email, "isActive", "createdAt"
FROM customers
WHERE email !~ '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$'
