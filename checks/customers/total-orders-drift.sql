--! title: Customers whose totalOrders is not the number of their sold orders
--! dimension: consistency
--! level: fail
--! entity: customers
--! owner: engineering
--! why: Loyalty, segments and dashboards count orders that were never paid, or miss paid ones.
--! remedy: Run smsfood reconcile --apply, which sets the totals from the sold orders, and find the code that counts twice.
--! since: |
--!   SELECT "customerId" FROM orders WHERE "createdAt" >= :since OR "updatedAt" >= :since
--!   UNION
--!   SELECT id FROM customers WHERE "createdAt" >= :since OR "updatedAt" >= :since
WITH customer_totals AS (
  SELECT c.id, c."totalOrders", c."totalSpent", c."lastOrderAt", c."updatedAt",
    coalesce(o.orders, 0) AS sold_orders, coalesce(o.spent, 0) AS sold_amount, o.last_at AS last_sold_at
  FROM customers c
  LEFT JOIN (
    SELECT "customerId", count(*) AS orders, sum("totalAmount") AS spent, max("createdAt") AS last_at
    FROM orders
    WHERE status::text = ANY (:sold)
    GROUP BY "customerId"
  ) o ON o."customerId" = c.id
)
SELECT id, "totalOrders", sold_orders, "updatedAt"
FROM customer_totals
WHERE "totalOrders" <> sold_orders
