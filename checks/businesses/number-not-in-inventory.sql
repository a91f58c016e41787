--! title: Businesses with a number that the inventory does not know
--! dimension: consistency
--! level: fail
--! entity: business_customers
--! owner: operations
--! why: A number outside the inventory is never released or recycled, and may be sold twice.
--! remedy: Correct the spelling if the number was typed by hand, else add the number to the inventory.
SELECT b.id, b."businessName", b."assignedPhoneNumber", b."subscriptionStatus", b."updatedAt"
FROM business_customers b
WHERE b."assignedPhoneNumber" IS NOT NULL
  AND NOT EXISTS (SELECT FROM phone_number_inventory n WHERE n."phoneNumber" = b."assignedPhoneNumber")
