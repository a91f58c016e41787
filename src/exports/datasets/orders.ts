import { businessDay, CURRENCY, personal } from '../column.js';
import type { Dataset } from '../dataset.js';
import { ENTRIES, FIRST_ENTRIES, ITEM_COUNT, ITEMS_TEXT } from '../items.js';

const STORED = ['id', 'createdAt', 'customerId', 'businessId', 'totalAmount', 'platformFee', 'paymentId', 'updatedAt'];
const stored = [...STORED, 'status', 'deliveryTime'].map((name) => `o."${name}"`).join(', ');
const joined = 'o.customer_name, o.customer_phone, o.business_name';

export const orders: Dataset = {
  name: 'orders',
  summary: 'one row an order, with its customer, its business and its money',
  id: 'order_id',
  slice: 'day',
  period: 'last month',
  statuses: ['PENDING', 'CONFIRMED', 'PAID', 'PREPARING', 'READY', 'DELIVERED', 'CANCELLED'],
  hasBusiness: () => true,
  columns: [
    { key: 'order_id', type: 'id', meaning: 'orders.id', sql: 'o.id' },
    { key: 'created_at', type: 'time', meaning: 'when the order was placed', sql: 'o."createdAt"' },
    businessDay('created_at'),
    { key: 'status', type: 'status', meaning: 'as stored at the time of the export', sql: 'o.status' },
    { key: 'customer_id', type: 'id', meaning: 'customers.id', sql: 'o."customerId"' },
    {
      key: 'customer_name',
      type: 'text',
      meaning: 'as the customer gave it; empty where never given',
      sql: 'o.customer_name',
      ...personal('customers', 'name'),
    },
    {
      key: 'customer_phone',
      type: 'phone',
      meaning: 'E.164',
      sql: 'o.customer_phone',
      ...personal('customers', 'phoneNumber'),
    },
    {
      key: 'business_id',
      type: 'id',
      meaning: 'business_customers.id; empty on orders taken by SMS',
      sql: 'o."businessId"',
    },
    { key: 'business_name', type: 'text', meaning: 'business_customers.businessName', sql: 'o.business_name' },
    {
      key: 'item_count',
      type: 'integer',
      meaning: 'sum of the quantities; empty where one is no whole number',
      sql: 'o.item_count',
    },
    {
      key: 'items',
      type: 'text',
      meaning: '"2x Dish; 1x Soup"; the stored JSON where it cannot be read',
      sql: 'o.items_text',
    },
    {
      key: 'total_amount',
      type: 'cents',
      meaning: 'what the customer pays, whatever the status',
      sql: 'o."totalAmount"',
    },
    {
      key: 'platform_fee',
      type: 'cents',
      meaning: 'the fee as stored; empty where none was stored, never recomputed',
      sql: 'o."platformFee"',
    },
    {
      key: 'net_amount',
      type: 'cents',
      meaning: 'total_amount less platform_fee; empty where there is no fee',
      sql: '(o."totalAmount" - o."platformFee")',
    },
    CURRENCY,
    {
      key: 'payment_id',
      type: 'id',
      meaning: 'id of the payment at Stripe; demo_… was never paid',
      sql: 'o."paymentId"',
    },
    {
      key: 'delivery_time',
      type: 'text',
      meaning: 'as the customer wrote it',
      sql: 'o."deliveryTime"',
      ...personal('orders', 'deliveryTime'),
    },
    { key: 'updated_at', type: 'time', meaning: 'when the order was last changed', sql: 'o."updatedAt"' },
  ],
  time: 'o."createdAt"',
  order: 'o."createdAt", o.id COLLATE "C"',
  conditions: ({ business, statuses }) => [
    ...(business === null ? [] : [`o."businessId" = ${business}`]),
    ...(statuses === null ? [] : [`o.status::text IN ${statuses}`]),
  ],
  // OFFSET 0 keeps the unpacked items from being unpacked again for each use of them. The joins are below them, as the
  // planner's guess of what unpacking costs drowns the difference between a good join and one that takes twice as long.
  from: (_scope, where) => `(
    SELECT ${stored}, ${joined}, ${ITEM_COUNT} AS item_count, ${ITEMS_TEXT} AS items_text
    FROM (
      SELECT ${stored}, ${joined}, o.items, o.entries, ${FIRST_ENTRIES}
      FROM (
        SELECT ${stored}, c.name AS customer_name, c."phoneNumber" AS customer_phone, b."businessName" AS business_name, o.items, ${ENTRIES} AS entries
        FROM orders o LEFT JOIN customers c ON c.id = o."customerId" LEFT JOIN business_customers b ON b.id = o."businessId"
        WHERE ${where} OFFSET 0
      ) AS o OFFSET 0
    ) AS o OFFSET 0
  ) AS o`,
  counted: (_scope, where) => `orders o WHERE ${where}`,
};
