--! title: Numbers of a business that does not exist
--! dimension: integrity
--! level: fail
--! entity: phone_number_inventory
--! owner: operations
--! why: The number is paid for and belongs to nobody.
--! remedy: If the business is gone for good, run smsfood phones release NUMBER --apply.
WITH phone_businesses AS (
  SELECT n.id, n."phoneNumber", n.status, n."currentBusinessId", n."assignedAt",
    b.id AS business_found, b."businessName", b."assignedPhoneNumber", b."subscriptionStatus", b."isActive" AS business_active
  FROM phone_number_inventory n
  LEFT JOIN business_customers b ON b.id = n."currentBusinessId"
)
SELECT id, "phoneNumber", status, "currentBusinessId", "assignedAt"
FROM phone_businesses
WHERE "currentBusinessId" IS NOT NULL AND business_found IS NULL
