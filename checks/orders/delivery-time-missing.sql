--! title: Recent sold orders without a delivery time
--! dimension: completeness
--! warn: "> 90%"
--! entity: orders
--! population: '"createdAt" >= :now - :window AND "createdAt" <= :now AND status::text = ANY (:sold)'
--! owner: operations
--! why: The kitchen does not know when to cook.
--! remedy: Ask for the time when the order is confirmed.
--! params: {window: {interval: 30 days}}
SELECT id, status, "deliveryTime", "createdAt"
FROM orders
WHERE "createdAt" >= :now - :window AND "createdAt" <= :now AND status::text = ANY (:sold)
  AND ("deliveryTime" IS NULL OR "deliveryTime" !~ '\S')
