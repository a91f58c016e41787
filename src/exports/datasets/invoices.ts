import { localMonth, localTime } from '../../db/business-clock.js';
import { CURRENCY } from '../column.js';
import type { Dataset } from '../dataset.js';

/** A number costs this once, in cents. */
const NUMBER_FEE = 3000;

/** In place of an end that the period has not: one of whole months has both. */
const EPOCH = `timestamp 'epoch'`;

/** In place of ops.business_health where no column shows what is in it. */
const NO_HISTORY =
  '(SELECT NULL::text AS business_id, NULL::date AS day, NULL::text AS subscription_status, NULL::text AS subscription_tier, NULL::int AS mrr_cents WHERE false)';

export const invoices: Dataset = {
  name: 'invoices',
  summary: "one row a business's month, with orders, gmv, fees, subscription and number fee",
  id: 'business_id',
  slice: 'month',
  period: 'last month',
  hasBusiness: () => true,
  columns: [
    { key: 'month', type: 'text', meaning: 'calendar month in the business time zone', sql: 't.month' },
    { key: 'business_id', type: 'id', meaning: 'business_customers.id', sql: 't.business_id' },
    { key: 'business_name', type: 'text', meaning: 'business_customers.businessName', sql: 't.business_name' },
    { key: 'orders', type: 'integer', meaning: 'sold orders', sql: 't.orders' },
    { key: 'gmv', type: 'cents', meaning: 'sum of their amounts', sql: 't.gmv' },
    {
      key: 'platform_fees',
      type: 'cents',
      meaning: 'sum of their fees as stored, which Stripe has deducted already',
      sql: 't.fees',
    },
    {
      key: 'tier',
      type: 'text',
      meaning: 'tier on the last day of the month on which it was seen active; empty where it never was',
      sql: 't.tier',
      isHistory: true,
    },
    {
      key: 'subscription',
      type: 'cents',
      meaning: 'the price of that tier: 35.00 starter, 95.00 pro, 0.00 where never active; empty for another tier',
      sql: 't.subscription',
      isHistory: true,
    },
    {
      key: 'number_fee',
      type: 'cents',
      meaning: '30.00 in the month in which the number was provisioned, unless waived',
      sql: 't.number_fee',
    },
    {
      key: 'total_due',
      type: 'cents',
      meaning: 'subscription and number_fee; the fees of orders are not due again',
      sql: '(t.subscription + t.number_fee)',
      isHistory: true,
    },
    {
      key: 'days_seen',
      type: 'integer',
      meaning: 'days of the month on which `smsfood refresh` saw the business',
      sql: 't.days_seen',
      isHistory: true,
    },
    CURRENCY,
  ],
  time: 't.month',
  order: 't.month, t.business_id COLLATE "C"',
  conditions: ({ sold }) => [`o.status::text IN ${sold}`],
  from: ({ timezone, from, to, business, hasHistory }, where) => `(
    SELECT m.month, b.id AS business_id, b."businessName" AS business_name, coalesce(s.orders, 0) AS orders,
      coalesce(s.gmv, 0) AS gmv, coalesce(s.fees, 0) AS fees, h.tier, h.subscription, h.days_seen,
      CASE WHEN NOT b."phoneNumberFeeWaived" AND ${localMonth('b."numberProvisionedAt"', timezone)} = m.month
        THEN ${NUMBER_FEE} ELSE 0 END AS number_fee
    FROM (
      SELECT to_char(first, 'YYYY-MM') AS month, first::date AS first_day, (first + interval '1 month')::date AS next_month
      FROM generate_series(${localTime(from ?? EPOCH, timezone)}, ${localTime(to ?? EPOCH, timezone)} - interval '1 day', '1 month') AS first
    ) AS m
    JOIN business_customers b
      ON ${localTime('b."createdAt"', timezone)}::date < m.next_month${business === null ? '' : ` AND b.id = ${business}`}
    LEFT JOIN (
      SELECT ${localMonth('o."createdAt"', timezone)} AS month, o."businessId" AS business_id, count(*) AS orders,
        sum(o."totalAmount") AS gmv, sum(o."platformFee") AS fees
      FROM orders o WHERE ${where} GROUP BY 1, 2
    ) AS s ON s.month = m.month AND s.business_id = b.id
    LEFT JOIN LATERAL (
      SELECT count(*) AS days_seen, (array_agg(h.subscription_tier ORDER BY h.day DESC) FILTER (WHERE lower(h.subscription_status) = 'active'))[1] AS tier,
        CASE WHEN bool_or(lower(h.subscription_status) = 'active')
          THEN (array_agg(h.mrr_cents ORDER BY h.day DESC) FILTER (WHERE lower(h.subscription_status) = 'active'))[1]
          WHEN count(*) > 0 THEN 0 END AS subscription
      FROM ${hasHistory ? 'ops.business_health' : NO_HISTORY} AS h WHERE h.business_id = b.id AND h.day >= m.first_day AND h.day < m.next_month
    ) AS h ON true
  ) AS t`,
};
