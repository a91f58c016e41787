--! title: Sold orders without a payment
--! dimension: completeness
--! level: fail
--! entity: orders
--! owner: finance
--! why: The kitchen cooked and nobody can show that it was paid.
--! remedy: Look the order up at Stripe by its metadata; record the payment, or take the order back.
SELECT id, status, "paymentId", "createdAt", "totalAmount" AS cents
FROM orders
WHERE ("paymentId" IS NULL OR "paymentId" !~ '\S') AND status::text = ANY (:sold)
