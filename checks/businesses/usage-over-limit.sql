--! title: Businesses over their monthly limit
--! dimension: consistency
--! level: warn
--! entity: business_customers
--! owner: operations
--! why: Messages beyond the limit cost money that nobody pays.
--! remedy: Offer the next tier, or find out why the limit did not stop the messages.
SELECT id, "businessName", "currentUsage", "monthlyLimit", "subscriptionTier"
FROM business_customers
WHERE "currentUsage" > "monthlyLimit"
