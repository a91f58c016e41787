--! title: Paid orders that nobody has moved on for a day
--! dimension: timeliness
--! level: warn
--! entity: orders
--! owner: operations
--! why: The customer has paid and may have got nothing.
--! remedy: Ask the kitchen, then mark the order as delivered or refund it.
--! params: {age: {interval: 24 hours}}
SELECT id, status, "customerId", "totalAmount", "createdAt", "updatedAt"
FROM orders
WHERE status IN ('PAID', 'PREPARING', 'READY') AND "updatedAt" < :now - :age
