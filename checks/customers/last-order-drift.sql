--! title: Customers whose lastOrderAt is not the time of their newest sold order
--! dimension: consistency
--! level: warn
--! entity: customers
--! owner: product
--! why: Recency decides who is At-Risk or Lost, and who gets a win-back offer.
--! remedy: Run smsfood reconcile --apply, which sets it from the customer's newest sold order.
--! params: {tolerance: {interval: 24 hours}}
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
SELECT id, "lastOrderAt", last_sold_at, sold_orders, "updatedAt"
FROM customer_totals
WHERE ("lastOrderAt" IS NULL) <> (last_sold_at IS NULL)
   OR "lastOrderAt" > last_sold_at + :tolerance
   OR "lastOrderAt" < last_sold_at - :tolerance
