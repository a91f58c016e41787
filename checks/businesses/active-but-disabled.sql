--! title: Businesses with an active subscription that are switched off
--! dimension: consistency
--! level: warn
--! entity: business_customers
--! owner: operations
--! why: The business pays for a service that it does not get.
--! remedy: Switch it on, or end the subscription.
SELECT id, "businessName", "subscriptionStatus", "isActive", "updatedAt"
FROM business_customers
WHERE NOT "isActive" AND "subscriptionStatus" = 'active'
