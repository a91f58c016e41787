--! title: No menu for today
--! dimension: timeliness
--! level: warn
--! key: day
--! owner: operations
--! why: Customers who text for the menu get none, and order nothing.
--! remedy: Publish today's menu with at least one available item.
SELECT today.day
FROM (SELECT (:now AT TIME ZONE 'UTC' AT TIME ZONE :timezone)::date AS day) AS today
WHERE NOT EXISTS (
  SELECT
  FROM menus m
  JOIN menu_items i ON i."menuId" = m.id
  WHERE m.date = today.day AND m."isActive" AND i."isAvailable"
)
