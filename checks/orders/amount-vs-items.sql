--! title: Orders whose amount is not the sum of their items
--! dimension: consistency
--! level: fail
--! entity: orders
--! owner: finance
--! why: The customer was charged too much, or the business was paid too little.
--! remedy: Compare with the payment at Stripe, then correct the amount or refund.
-- Both shapes of items, unpacked once (set-returning functions in a SELECT list stream, in FROM they would be stored first; OFFSET 0 keeps
-- the casts from being repeated). No cast can fail, and the cap keeps absurd numbers within numeric: far above any totalAmount.
WITH order_items AS (
  SELECT o.id, o.status, o."menuId", o.items, o."totalAmount", o."createdAt", unpacked.well_formed, unpacked.items_total, unpacked.unknown_item
  FROM orders o
  CROSS JOIN LATERAL (
    SELECT
      coalesce(bool_and(named AND price >= 0 AND min_scale(price) = 0 AND quantity >= 1 AND min_scale(quantity) = 0), false) AS well_formed,
      sum(least(abs(price), 1e15) * least(abs(quantity), 1e15)) AS items_total,
      coalesce(bool_or(item_id NOT IN (SELECT id FROM menu_items)), false) AS unknown_item
    FROM (
      SELECT
        item_id,
        CASE WHEN jsonb_typeof(name) = 'string' THEN name #>> '{}' ~ '\S' ELSE false END AS named,
        CASE WHEN jsonb_typeof(price) = 'number' THEN price::numeric ELSE -1 END AS price,
        CASE WHEN quantity IS NULL THEN 1 WHEN jsonb_typeof(quantity) = 'number' THEN quantity::numeric ELSE 0 END AS quantity
      FROM (
        SELECT element ->> 'menuItemId' AS item_id, element -> 'name' AS name, element -> 'price' AS price, element -> 'quantity' AS quantity
        FROM (SELECT o.items -> generate_series(0, jsonb_array_length(CASE WHEN jsonb_typeof(o.items) = 'array' THEN o.items END) - 1) AS element) AS listed
        UNION ALL
        SELECT key, o.items -> key -> 'name', o.items -> key -> 'price', o.items -> key -> 'quantity'
        FROM (SELECT jsonb_object_keys(CASE WHEN jsonb_typeof(o.items) = 'object' THEN o.items END) AS key) AS keyed
      ) AS entry
      OFFSET 0
    ) AS line
  ) AS unpacked
)
SELECT id, status, "totalAmount", items_total, "createdAt", least(abs("totalAmount" - items_total), 9e18)::bigint AS cents
FROM order_items
WHERE well_formed AND "totalAmount" <> items_total
