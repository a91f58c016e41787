--! title: Businesses whose Stripe onboarding flag contradicts the others
--! dimension: consistency
--! level: warn
--! entity: business_customers
--! owner: finance
--! why: Orders are taken that cannot be paid out, or a business that could be paid is held back.
--! remedy: Read the account from Stripe and set the four flags together.
SELECT id, "businessName", "stripeOnboardingComplete", "stripeChargesEnabled", "stripePayoutsEnabled", "stripeDetailsSubmitted"
FROM business_customers
WHERE "stripeOnboardingComplete" <> ("stripeChargesEnabled" AND "stripePayoutsEnabled" AND "stripeDetailsSubmitted")
