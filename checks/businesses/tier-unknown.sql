--! title: Businesses in an unknown subscription tier
--! dimension: validity
--! level: warn
--! entity: business_customers
--! owner: finance
--! why: A tier without a price drops out of recurring revenue.
--! remedy: Set the tier that the subscription at Stripe has.
--! params: {tiers: {"text[]": [starter, pro]}}
SELECT id, "businessName", "subscriptionTier", "subscriptionStatus", "updatedAt"
FROM business_customers
WHERE "subscriptionTier" <> ALL (:tiers)
