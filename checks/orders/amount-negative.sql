--! title: Orders with a negative amount
--! dimension: validity
--! level: fail
--! entity: orders
--! owner: finance
--! why: It lowers revenue without being a refund.
--! remedy: Recompute totalAmount from the items, and find the code that wrote it.
SELECT id, status, "totalAmount", "createdAt", abs("totalAmount"::bigint) AS cents
FROM orders
WHERE "totalAmount" < 0
