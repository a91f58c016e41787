--! title: Orders pending for more than a day
--! dimension: timeliness
--! level: fail
--! entity: orders
--! owner: operations
--! why: A customer waits for an answer, and the sale is lost.
--! remedy: Confirm or cancel the order, and tell the customer.
--! params: {age: {interval: 24 hours}}
SELECT id, status, "customerId", "createdAt", "updatedAt", "totalAmount" AS cents
FROM orders
WHERE status = 'PENDING' AND "createdAt" < :now - :age
