--! title: Orders whose items cannot be read
--! dimension: validity
--! level: fail
--! entity: orders
--! owner: engineering
--! why: The kitchen ticket is empty or wrong, and the amount cannot be checked.
--! remedy: Rebuild the items from the conversation, and validate them where they are written.
-- Both shapes of items, unpacked once; no cast can fail. The cap keeps absurd numbers within numeric's range, far above any totalAmount.
WITH order_items AS (
  SELECT o.id, o.status, o."menuId", o.items, o."totalAmount", o."createdAt", unpacked.well_formed, unpacked.items_total, unpacked.item_ids
  FROM orders o
  CROSS JOIN LATERAL (
    SELECT
      coalesce(bool_and(named AND price >= 0 AND price = trunc(price) AND quantity >= 1 AND quantity = trunc(quantity)), false) AS well_formed,
      sum(least(price, 1e15) * least(quantity, 1e15)) AS items_total,
      array_agg(item_id) FILTER (WHERE item_id IS NOT NULL) AS item_ids
    FROM (
      SELECT
        item_id,
        CASE WHEN jsonb_typeof(item -> 'name') = 'string' THEN item ->> 'name' ~ '\S' ELSE false END AS named,
        CASE WHEN jsonb_typeof(item -> 'price') = 'number' THEN (item -> 'price')::numeric ELSE -1 END AS price,
        CASE WHEN item -> 'quantity' IS NULL THEN 1 WHEN jsonb_typeof(item -> 'quantity') = 'number' THEN (item -> 'quantity')::numeric ELSE 0 END AS quantity
      FROM (
        SELECT element ->> 'menuItemId' AS item_id, element AS item
        FROM jsonb_array_elements(CASE WHEN jsonb_typeof(o.items) = 'array' THEN o.items END) AS listed (element)
        UNION ALL
        SELECT key, value
        FROM jsonb_each(CASE WHEN jsonb_typeof(o.items) = 'object' THEN o.items END)
      ) AS entry
    ) AS line
  ) AS unpacked
)
SELECT id, status, items, "totalAmount", "createdAt"
FROM order_items
WHERE NOT well_formed
