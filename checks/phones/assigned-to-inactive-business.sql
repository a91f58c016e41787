--! title: Numbers assigned to a business that has left
--! dimension: integrity
--! level: fail
--! entity: phone_number_inventory
--! owner: operations
--! why: The number is paid for every month and could serve another business.
--! remedy: Run smsfood phones recycle --release-inactive --apply.
--! params: {cancelled: {"text[]": [cancelled, canceled]}}
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
SELECT id, "phoneNumber", "currentBusinessId", "businessName", "subscriptionStatus", business_active
FROM phone_businesses
WHERE status = 'ASSIGNED' AND (NOT business_active OR "subscriptionStatus" = ANY (:cancelled))
