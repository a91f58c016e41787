--! title: Businesses whose zip code is not a US one
--! dimension: validity
--! level: warn
--! entity: business_customers
--! owner: operations
--! why: City, state, tax and the choice of an area code hang on the zip code.
--! remedy: Ask the business for its zip code.
SELECT id, "businessName", "zipCode", city, state
FROM business_customers
WHERE "zipCode" !~ '^[0-9]{5}(-[0-9]{4})?$'
