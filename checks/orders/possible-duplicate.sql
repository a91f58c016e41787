--! title: Orders that repeat one of the same customer within two minutes
--! dimension: uniqueness
--! level: warn
--! entity: orders
--! owner: operations
--! why: A customer who texted twice is charged and served twice.
--! remedy: Ask the customer, then cancel and refund the second order.
--! params: {window: {interval: 120 seconds}}
--! since: |
--!   SELECT later.id
--!   FROM orders touched
--!   JOIN orders later ON later."customerId" = touched."customerId"
--!     AND later."createdAt" BETWEEN touched."createdAt" AND touched."createdAt" + :window
--!   WHERE touched."createdAt" >= :since OR touched."updatedAt" >= :since
-- Between an order and the one it repeats there are only orders as close: so whatever has no neighbour within the window is dropped
-- first, by a hash of customer and amount, which sorts much faster than text (a collision keeps too many, never too few).
WITH spaced AS (
  SELECT id, "createdAt", lag("createdAt") OVER near AS previous, lead("createdAt") OVER near AS next
  FROM orders
  WHERE status <> 'CANCELLED'
  WINDOW near AS (PARTITION BY hashtextextended("customerId", "totalAmount") ORDER BY "createdAt")
), repeated AS (
  SELECT id, "customerId", status, "createdAt", items, "totalAmount",
    lag("createdAt") OVER (PARTITION BY "customerId", "totalAmount", items ORDER BY "createdAt", id) AS previous
  FROM orders
  WHERE id = ANY (ARRAY(SELECT id FROM spaced WHERE "createdAt" <= previous + :window OR next <= "createdAt" + :window))
)
SELECT id, "customerId", status, "createdAt", items, "totalAmount" AS cents
FROM repeated
WHERE "createdAt" <= previous + :window
