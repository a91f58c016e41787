--! title: Orders that a demo payment settled
--! dimension: validity
--! level: fail
--! entity: orders
--! owner: finance
--! why: The order counts as confirmed or sold, and no money was ever taken.
--! remedy: Collect the payment or cancel the order, and switch demo payments off in production.
SELECT id, status, "paymentId", "createdAt", "totalAmount" AS cents
FROM orders
WHERE starts_with("paymentId", 'demo_') AND (status = 'CONFIRMED' OR status::text = ANY (:sold))
