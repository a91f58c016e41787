import { businessDay, personal } from '../column.js';
import type { Dataset } from '../dataset.js';

export const customers: Dataset = {
  name: 'customers',
  summary: 'one row a customer, as stored; with a period, those who signed up in it',
  id: 'customer_id',
  slice: 'day',
  period: 'all',
  hasBusiness: (isNewer) => isNewer,
  columns: [
    { key: 'customer_id', type: 'id', meaning: 'customers.id', sql: 'c.id' },
    { key: 'created_at', type: 'time', meaning: 'when the customer was first seen', sql: 'c."createdAt"' },
    businessDay('created_at'),
    {
      key: 'business_id',
      type: 'id',
      meaning: 'business_customers.id; always empty where customers belong to no business',
      sql: 'c."businessId"',
    },
    {
      key: 'name',
      type: 'text',
      meaning: 'as the customer gave it',
      sql: 'c.name',
      ...personal('customers', 'name'),
    },
    {
      key: 'phone',
      type: 'phone',
      meaning: 'E.164',
      sql: 'c."phoneNumber"',
      ...personal('customers', 'phoneNumber'),
    },
    {
      key: 'email',
      type: 'text',
      meaning: 'as the customer gave it',
      sql: 'c.email',
      ...personal('customers', 'email'),
    },
    { key: 'is_active', type: 'boolean', meaning: 'false after STOP', sql: 'c."isActive"' },
    {
      key: 'category',
      type: 'text',
      meaning: 'New, Regular, VIP, At-Risk, Lost, … as stored',
      sql: 'c.category',
    },
    { key: 'tags', type: 'text', meaning: 'separated by "; "', sql: `array_to_string(c.tags, '; ')` },
    {
      key: 'total_orders',
      type: 'integer',
      meaning: 'as stored; `smsfood reconcile` makes it right',
      sql: 'c."totalOrders"',
    },
    {
      key: 'total_spent',
      type: 'cents',
      meaning: 'as stored; `smsfood reconcile` makes it right',
      sql: 'c."totalSpent"',
    },
    { key: 'last_order_at', type: 'time', meaning: 'as stored', sql: 'c."lastOrderAt"' },
    {
      key: 'notes',
      type: 'text',
      meaning: 'notes of the staff',
      sql: 'c.notes',
      isOptional: true,
      ...personal('customers', 'notes'),
    },
    { key: 'updated_at', type: 'time', meaning: 'when the customer was last changed', sql: 'c."updatedAt"' },
  ],
  time: 'c."createdAt"',
  order: 'c."createdAt", c.id COLLATE "C"',
  conditions: ({ business }) => (business === null ? [] : [`c."businessId" = ${business}`]),
  from: ({ isNewer }, where) => `(
    SELECT c.id, c."createdAt", ${isNewer ? 'c."businessId"' : 'NULL::text AS "businessId"'}, c.name, c."phoneNumber", c.email, c."isActive",
      c.category, c.tags, c."totalOrders", c."totalSpent", c."lastOrderAt", c.notes, c."updatedAt"
    FROM customers c WHERE ${where}) AS c`,
};
