--! title: Businesses without a city or state
--! dimension: completeness
--! level: warn
--! entity: business_customers
--! owner: operations
--! why: Tax reports are by state, and a number in the right area code cannot be chosen.
--! remedy: Complete the address from the zip code.
SELECT id, "businessName", city, state, "zipCode"
FROM business_customers
WHERE city IS NULL OR city !~ '\S' OR state IS NULL OR state !~ '\S'
