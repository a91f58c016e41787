--! title: Menu items with a negative price
--! dimension: validity
--! level: fail
--! entity: menu_items
--! owner: product
--! why: Ordering the dish makes the rest cheaper.
--! remedy: Correct the price.
SELECT id, "menuId", name, price, "isAvailable"
FROM menu_items
WHERE price < 0
