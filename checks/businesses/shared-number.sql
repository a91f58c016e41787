--! title: Businesses that share an assigned number
--! dimension: uniqueness
--! level: fail
--! entity: business_customers
--! owner: operations
--! why: Orders for one business arrive at the other.
--! remedy: Give the number to the business that the inventory names, and clear it at the other.
--! since: |
--!   SELECT other.id
--!   FROM business_customers touched
--!   JOIN business_customers other ON right(regexp_replace(other."assignedPhoneNumber", '[^0-9]', '', 'g'), 10)
--!     = right(regexp_replace(touched."assignedPhoneNumber", '[^0-9]', '', 'g'), 10)
--!   WHERE touched."createdAt" >= :since OR touched."updatedAt" >= :since
-- Under ten digits there is no number to compare.
WITH business_number AS MATERIALIZED (
  SELECT id, "businessName", "assignedPhoneNumber", "subscriptionStatus", "updatedAt",
    right(regexp_replace("assignedPhoneNumber", '[^0-9]', '', 'g'), 10) AS number
  FROM business_customers
  WHERE "assignedPhoneNumber" IS NOT NULL
)
SELECT id, "businessName", "assignedPhoneNumber", "subscriptionStatus", "updatedAt"
FROM business_number
WHERE number IN (SELECT number FROM business_number WHERE length(number) = 10 GROUP BY number HAVING count(*) > 1)
