--! title: Orders older than their customer
--! dimension: temporal
--! level: warn
--! entity: orders
--! owner: engineering
--! why: Cohorts and time to the first order are wrong, and a record was merged or imported carelessly.
--! remedy: Set the customer's createdAt to the time of the first contact.
--! params: {tolerance: {interval: 5 minutes}}
--! since: |
--!   SELECT id FROM orders WHERE "createdAt" >= :since OR "updatedAt" >= :since
--!   UNION
--!   SELECT o.id FROM orders o JOIN customers c ON c.id = o."customerId" WHERE c."createdAt" >= :since
WITH order_refs AS (
  SELECT o.id, o.status, o."customerId", o."businessId", o."menuId", o."totalAmount", o."createdAt",
    c.id AS customer_found, c."createdAt" AS customer_created_at, b.id AS business_found, m.id AS menu_found
  FROM orders o
  LEFT JOIN customers c ON c.id = o."customerId"
  LEFT JOIN business_customers b ON b.id = o."businessId"
  LEFT JOIN menus m ON m.id = o."menuId"
)
SELECT id, status, "customerId", "createdAt", customer_created_at
FROM order_refs
WHERE "createdAt" < customer_created_at - :tolerance
