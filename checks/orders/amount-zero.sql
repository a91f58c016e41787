--! title: Sold orders that cost nothing
--! dimension: validity
--! level: warn
--! entity: orders
--! owner: finance
--! why: Food was given away, or the amount was lost.
--! remedy: Recompute totalAmount from the items.
SELECT id, status, "totalAmount", "paymentId", "createdAt"
FROM orders
WHERE "totalAmount" = 0 AND status::text = ANY (:sold)
