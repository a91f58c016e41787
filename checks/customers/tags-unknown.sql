--! title: Customers with a tag that nobody defined
--! dimension: validity
--! level: warn
--! entity: customers
--! owner: product
--! why: Lists built by tag silently leave these customers out.
--! remedy: Correct the tag, or extend the configured tags (an empty list switches the check off).
SELECT id, tags, category, "updatedAt"
FROM customers
WHERE cardinality(:tags) > 0 AND NOT tags <@ :tags
