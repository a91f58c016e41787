--! title: Customers in a category that nobody defined
--! dimension: validity
--! level: warn
--! entity: customers
--! owner: product
--! why: Segments and campaigns select by category and silently leave these customers out.
--! remedy: Run smsfood segments --apply; it leaves customers without a sold order, so correct those by hand, or extend the configured categories.
SELECT id, category, "totalOrders", "lastOrderAt"
FROM customers
WHERE category <> ALL (:categories)
