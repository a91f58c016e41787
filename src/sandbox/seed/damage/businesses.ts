import type { Damage } from './damage.js';

export const businesses: readonly Damage[] = [
  {
    // Cancelling writes 'canceled' and leaves the number ASSIGNED: phones.assigned-to-inactive-business as well.
    id: 'businesses.subscription-status-unknown',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE business_customers SET "subscriptionStatus" = 'canceled', "isActive" = false
         WHERE id IN (SELECT id FROM business_customers WHERE "subscriptionStatus" = 'active' AND "assignedPhoneNumber" IS NOT NULL
           ORDER BY hashtext(id || 'canceled'), id LIMIT (SELECT greatest(1, count(*) * 3 / 100) FROM business_customers))`,
      ),
  },
  {
    // Typed by hand: no E.164, hence not in the inventory, and the inventory disagrees (three checks).
    id: 'businesses.phone-not-e164',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE business_customers SET "assignedPhoneNumber" = regexp_replace("assignedPhoneNumber", '^\\+1(...)(...)(.*)$', '\\1-\\2-\\3')
         WHERE id IN (SELECT id FROM business_customers WHERE "assignedPhoneNumber" LIKE '+1%'
           ORDER BY hashtext(id || 'typed'), id LIMIT (SELECT greatest(1, count(*) * 3 / 100) FROM business_customers))`,
      ),
  },
  {
    id: 'businesses.location-missing',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE business_customers SET city = NULL, state = CASE WHEN hashtext(id) % 2 = 0 THEN '' END
         WHERE id IN (SELECT id FROM business_customers
           ORDER BY hashtext(id || 'city'), id LIMIT (SELECT greatest(1, count(*) * 5 / 100) FROM business_customers))`,
      ),
  },
  {
    id: 'businesses.usage-over-limit',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE business_customers SET "currentUsage" = "monthlyLimit" + 137
         WHERE id IN (SELECT id FROM business_customers
           ORDER BY hashtext(id || 'usage'), id LIMIT (SELECT greatest(1, count(*) * 2 / 100) FROM business_customers))`,
      ),
  },
  {
    // account.updated was swallowed: Stripe had stopped the payouts.
    id: 'businesses.stripe-flags-inconsistent',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE business_customers SET "stripePayoutsEnabled" = false
         WHERE id IN (SELECT id FROM business_customers WHERE "stripeOnboardingComplete"
           ORDER BY hashtext(id || 'stripe'), id LIMIT (SELECT greatest(1, count(*) * 2 / 100) FROM business_customers))`,
      ),
  },
  {
    id: 'businesses.active-but-disabled',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE business_customers SET "isActive" = false
         WHERE id IN (SELECT id FROM business_customers WHERE "subscriptionStatus" = 'active' ORDER BY hashtext(id || 'off'), id LIMIT 1)`,
      ),
  },
  {
    id: 'businesses.tier-unknown',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE business_customers SET "subscriptionTier" = 'Premium'
         WHERE id IN (SELECT id FROM business_customers ORDER BY hashtext(id || 'tier'), id LIMIT 1)`,
      ),
  },
  {
    id: 'businesses.zip-malformed',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE business_customers SET "zipCode" = left("zipCode", 4)
         WHERE id IN (SELECT id FROM business_customers ORDER BY hashtext(id || 'zip'), id LIMIT 1)`,
      ),
  },
  {
    // Two kitchens were given one number; the unique index sees two spellings.
    id: 'businesses.shared-number',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE business_customers SET "assignedPhoneNumber" = (
           SELECT regexp_replace(first."assignedPhoneNumber", '^\\+1(...)(...)(.*)$', '(\\1) \\2-\\3')
           FROM business_customers first WHERE first."assignedPhoneNumber" LIKE '+1%' ORDER BY id LIMIT 1)
         WHERE id = (SELECT id FROM business_customers WHERE "assignedPhoneNumber" LIKE '+1%' ORDER BY id DESC LIMIT 1)`,
      ),
  },
];
