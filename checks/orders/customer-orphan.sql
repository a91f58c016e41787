--! title: Orders of a customer that does not exist
--! dimension: integrity
--! level: fail
--! entity: orders
--! owner: engineering
--! why: The order cannot be delivered and is missing from every report by customer.
--! remedy: Restore the customer, and restore the foreign key.
WITH order_refs AS (
  SELECT o.id, o.status, o."customerId", o."businessId", o."menuId", o."totalAmount", o."createdAt",
    c.id AS customer_found, c."createdAt" AS customer_created_at, b.id AS business_found, m.id AS menu_found
  FROM orders o
  LEFT JOIN customers c ON c.id = o."customerId"
  LEFT JOIN business_customers b ON b.id = o."businessId"
  LEFT JOIN menus m ON m.id = o."menuId"
)
SELECT id, status, "customerId", "totalAmount", "createdAt"
FROM order_refs
WHERE customer_found IS NULL
