import { businessDay, personal } from '../column.js';
import type { Dataset } from '../dataset.js';

export const sms: Dataset = {
  name: 'sms',
  summary: 'one row a message; its text only where --columns names it',
  id: 'message_id',
  slice: 'day',
  period: 'last month',
  statuses: ['SENT', 'DELIVERED', 'FAILED', 'RECEIVED'],
  hasBusiness: (isNewer) => isNewer,
  columns: [
    { key: 'message_id', type: 'id', meaning: 'sms_logs.id', sql: 's.id' },
    { key: 'created_at', type: 'time', meaning: 'when it was logged', sql: 's."createdAt"' },
    businessDay('created_at'),
    { key: 'direction', type: 'status', meaning: 'INBOUND or OUTBOUND', sql: 's.direction' },
    {
      key: 'status',
      type: 'status',
      meaning: 'SENT means that nobody said whether it arrived',
      sql: 's.status',
    },
    {
      key: 'customer_id',
      type: 'id',
      meaning: 'customers.id; empty where it was logged before the customer was known',
      sql: 's."customerId"',
    },
    {
      key: 'customer_phone',
      type: 'phone',
      meaning: 'E.164, of the customer as of now',
      sql: 'c."phoneNumber"',
      ...personal('customers', 'phoneNumber'),
    },
    { key: 'provider_id', type: 'id', meaning: 'id of the message at the provider', sql: 's."twilioSid"' },
    { key: 'error_code', type: 'text', meaning: 'of a failed message', sql: 's."errorCode"' },
    { key: 'message_length', type: 'integer', meaning: 'characters of the text', sql: 'length(s.message)' },
    {
      key: 'message',
      type: 'text',
      meaning: 'the text, which is personal',
      sql: 's.message',
      isOptional: true,
      ...personal('sms_logs', 'message'),
    },
  ],
  time: 's."createdAt"',
  order: 's."createdAt", s.id COLLATE "C"',
  conditions: ({ business, statuses }) => [
    ...(business === null
      ? []
      : [`s."customerId" IN (SELECT customer.id FROM customers customer WHERE customer."businessId" = ${business})`]),
    ...(statuses === null ? [] : [`s.status::text IN ${statuses}`]),
  ],
  from: (_scope, where) => `sms_logs s LEFT JOIN customers c ON c.id = s."customerId" WHERE ${where}`,
  counted: (_scope, where) => `sms_logs s WHERE ${where}`,
};
