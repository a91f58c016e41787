--! title: Orders confirmed more than a day ago and never paid
--! dimension: timeliness
--! level: warn
--! entity: orders
--! owner: operations
--! why: The payment link was not used or its event was lost, so the sale is lost or unrecorded.
--! remedy: Look the payment up at Stripe; send the link again or cancel the order.
--! params: {age: {interval: 24 hours}}
SELECT id, status, "customerId", "paymentId", "createdAt", "totalAmount" AS cents
FROM orders
WHERE status = 'CONFIRMED' AND "createdAt" < :now - :age
