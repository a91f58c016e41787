/**
 * SQL on a row of business_customers that the KPIs and the summaries mean alike.
 */

/** Monthly price in cents: 0 without an active subscription, null for a tier without a price. */
export const MRR = `CASE WHEN lower("subscriptionStatus") <> 'active' THEN 0
    ELSE CASE "subscriptionTier" WHEN 'starter' THEN 3500 WHEN 'pro' THEN 9500 END END`;

/** Whether it has a number that is not blank. */
export const HAS_NUMBER = `coalesce(btrim("assignedPhoneNumber"), '') <> ''`;
