--! title: Customers whose preferences are not a JSON object
--! dimension: validity
--! level: warn
--! entity: customers
--! owner: engineering
--! why: Code that reads a preference by its key gets nothing, or throws.
--! remedy: Rewrite the value as an object, or set it to null.
SELECT id, preferences, "updatedAt"
FROM customers
WHERE jsonb_typeof(preferences) NOT IN ('object', 'null')
