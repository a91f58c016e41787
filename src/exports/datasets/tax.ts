import { localMonth } from '../../db/business-clock.js';
import { CURRENCY } from '../column.js';
import type { Dataset } from '../dataset.js';

export const tax: Dataset = {
  name: 'tax',
  summary: 'gross by business, month and state, with transaction counts, as a 1099-K needs it',
  id: 'business_id',
  slice: 'month',
  period: 'last month',
  hasBusiness: () => true,
  columns: [
    { key: 'month', type: 'text', meaning: 'calendar month in the business time zone', sql: 't.month' },
    {
      key: 'business_id',
      type: 'id',
      meaning: 'business_customers.id; one row without it adds up the orders that carry none',
      sql: 't.business_id',
    },
    { key: 'business_name', type: 'text', meaning: 'business_customers.businessName', sql: 'b."businessName"' },
    { key: 'state', type: 'text', meaning: 'state of the business, as stored today', sql: 'b.state' },
    { key: 'transactions', type: 'integer', meaning: 'sold orders', sql: 't.transactions' },
    {
      key: 'gross_amount',
      type: 'cents',
      meaning: 'sum of their amounts, nothing deducted; refunds are not in the database',
      sql: 't.gross',
    },
    { key: 'platform_fees', type: 'cents', meaning: 'sum of their fees, as stored', sql: 't.fees' },
    CURRENCY,
  ],
  time: 't.month',
  order: 't.month, t.business_id COLLATE "C"',
  conditions: ({ sold, business }) => [
    `o.status::text IN ${sold}`,
    ...(business === null ? [] : [`o."businessId" = ${business}`]),
  ],
  from: ({ timezone }, where) => `(
    SELECT ${localMonth('o."createdAt"', timezone)} AS month, o."businessId" AS business_id, count(*) AS transactions,
      sum(o."totalAmount") AS gross, coalesce(sum(o."platformFee"), 0) AS fees
    FROM orders o WHERE ${where} GROUP BY 1, 2
  ) AS t LEFT JOIN business_customers b ON b.id = t.business_id`,
};
