--! title: Menu items with an unbelievable price
--! dimension: validity
--! level: warn
--! entity: menu_items
--! owner: product
--! why: A price typed in dollars and multiplied once too often is charged as it stands.
--! remedy: Correct the price, or raise the limit if the dish is that dear.
--! params: {highest: {integer: 50000}}
SELECT id, "menuId", name, price, "isAvailable"
FROM menu_items
WHERE price > :highest
