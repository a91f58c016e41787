--! title: Orders without a business
--! dimension: completeness
--! level: warn
--! entity: orders
--! owner: engineering
--! why: Orders taken by SMS carry no business, so they are in nobody's invoice and nobody's report.
--! remedy: Set businessId from the number that the customer texted.
SELECT id, status, "customerId", "menuId", "totalAmount", "createdAt"
FROM orders
WHERE "businessId" IS NULL
