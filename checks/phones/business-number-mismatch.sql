--! title: Assigned numbers that their business does not know
--! dimension: consistency
--! level: fail
--! entity: phone_number_inventory
--! owner: operations
--! why: The business sends from one number and receives on another.
--! remedy: Compare with the provider, then write the same number on both sides.
--! since: |
--!   SELECT n.id
--!   FROM phone_number_inventory n
--!   LEFT JOIN business_customers b ON b.id = n."currentBusinessId"
--!   WHERE n."createdAt" >= :since OR n."updatedAt" >= :since OR b."createdAt" >= :since OR b."updatedAt" >= :since
WITH phone_businesses AS (
  SELECT n.id, n."phoneNumber", n.status, n."currentBusinessId", n."assignedAt",
    b.id AS business_found, b."businessName", b."assignedPhoneNumber", b."subscriptionStatus", b."isActive" AS business_active
  FROM phone_number_inventory n
  LEFT JOIN business_customers b ON b.id = n."currentBusinessId"
)
SELECT id, "phoneNumber", "currentBusinessId", "businessName", "assignedPhoneNumber"
FROM phone_businesses
WHERE status = 'ASSIGNED' AND business_found IS NOT NULL AND "assignedPhoneNumber" IS DISTINCT FROM "phoneNumber"
