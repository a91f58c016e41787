--! title: Orders of a business that does not exist
--! dimension: integrity
--! level: fail
--! entity: orders
--! owner: engineering
--! why: The order is in nobody's invoice, and its money belongs to nobody.
--! remedy: Restore the business or clear businessId, and restore the foreign key.
WITH order_refs AS (
  SELECT o.id, o.status, o."customerId", o."businessId", o."menuId", o."totalAmount", o."createdAt",
    c.id AS customer_found, c."createdAt" AS customer_created_at, b.id AS business_found, m.id AS menu_found
  FROM orders o
  LEFT JOIN customers c ON c.id = o."customerId"
  LEFT JOIN business_customers b ON b.id = o."businessId"
  LEFT JOIN menus m ON m.id = o."menuId"
)
SELECT id, status, "businessId", "totalAmount", "createdAt"
FROM order_refs
WHERE "businessId" IS NOT NULL AND business_found IS NULL
