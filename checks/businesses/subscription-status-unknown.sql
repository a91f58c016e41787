--! title: Businesses with an unknown subscription status
--! dimension: validity
--! level: fail
--! entity: business_customers
--! owner: engineering
--! why: Screens and jobs compare with the known spellings, so the business is neither billed nor shut off.
--! remedy: Write one of the known statuses (canceled has two l here), and fix the code that writes another.
--! params: {statuses: {"text[]": [trial, active, suspended, cancelled]}}
SELECT id, "businessName", "subscriptionStatus", "isActive", "updatedAt"
FROM business_customers
WHERE "subscriptionStatus" <> ALL (:statuses)
