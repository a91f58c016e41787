--! title: Orders from a menu that does not exist
--! dimension: integrity
--! level: fail
--! entity: orders
--! owner: engineering
--! why: Nobody can tell what was on offer, or at which price.
--! remedy: Restore the menu, and restore the foreign key.
WITH order_refs AS (
  SELECT o.id, o.status, o."customerId", o."businessId", o."menuId", o."totalAmount", o."createdAt",
    c.id AS customer_found, c."createdAt" AS customer_created_at, b.id AS business_found, m.id AS menu_found
  FROM orders o
  LEFT JOIN customers c ON c.id = o."customerId"
  LEFT JOIN business_customers b ON b.id = o."businessId"
  LEFT JOIN menus m ON m.id = o."menuId"
)
SELECT id, status, "menuId", "totalAmount", "createdAt"
FROM order_refs
WHERE menu_found IS NULL
