import type { Damage } from './damage.js';

export const customers: readonly Damage[] = [
  {
    id: 'customers.name-missing',
    in: 'every',
    apply: (change) =>
      change(`UPDATE customers SET name = NULL WHERE name IS NOT NULL AND abs(hashtext(id || 'name') % 100) < 60`),
  },
  {
    id: 'customers.email-missing',
    in: 'every',
    apply: (change) =>
      change(`UPDATE customers SET email = NULL WHERE email IS NOT NULL AND abs(hashtext(id || 'email') % 100) < 70`),
  },
  {
    // Counted when the order was confirmed by SMS and again when it was paid, and counted though it was cancelled.
    id: 'doubled-totals',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE customers c SET "totalOrders" = c."totalOrders" + s.orders, "totalSpent" = c."totalSpent" + s.spent,
           "lastOrderAt" = greatest(c."lastOrderAt", s.last)
         FROM (SELECT "customerId", count(*) AS orders, sum("totalAmount") AS spent, max("createdAt") AS last
               FROM orders WHERE "businessId" IS NULL GROUP BY "customerId") AS s
         WHERE s."customerId" = c.id`,
      ),
  },
  {
    // Any text that is no command became the name, and some commands did before there were such.
    id: 'customers.name-suspicious',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE customers SET name = (ARRAY['yes', 'Menu', 'STOP', 'Y', 'what time do you close?', 'Is there anything vegan', 'confirm',
           'see https://example.com/menu', E'two plates\\nno onions', 'Please call me when the driver is outside, the bell has been broken since last week'
         ])[1 + abs(hashtext(id) % 10)]
         WHERE id IN (SELECT id FROM customers WHERE name IS NULL ORDER BY hashtext(id || 'text'), id
           LIMIT (SELECT greatest(5, count(*) / 50) FROM customers))`,
      ),
  },
  {
    id: 'customers.phone-not-e164',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE customers SET "phoneNumber" = format('(%s) %s-%s', substr("phoneNumber", 3, 3), substr("phoneNumber", 6, 3), substr("phoneNumber", 9))
         WHERE id IN (SELECT id FROM customers ORDER BY hashtext(id || 'typed'), id LIMIT (SELECT greatest(2, count(*) / 500) FROM customers))`,
      ),
  },
  {
    id: 'customers.email-malformed',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE customers SET email = CASE abs(hashtext(id) % 3)
           WHEN 0 THEN replace(email, '@', ' at ') WHEN 1 THEN replace(email, '.com', '') ELSE replace(email, '@', '@@') END
         WHERE id IN (SELECT id FROM customers WHERE email IS NOT NULL ORDER BY hashtext(id || 'mail'), id
           LIMIT (SELECT greatest(2, count(*) / 500) FROM customers))`,
      ),
  },
  {
    // Added again at the desk: the number in another spelling, the address in capitals (customers.duplicate-email).
    id: 'customers.duplicate-phone',
    in: 'realistic',
    apply: (change) =>
      change(
        `INSERT INTO customers SELECT twin.* FROM (
           SELECT * FROM customers WHERE email LIKE '%_@example.com' AND email NOT LIKE '%@@%' AND "phoneNumber" LIKE '+1%'
           ORDER BY hashtext(id || 'twin'), id LIMIT (SELECT greatest(2, count(*) / 1000) FROM customers)
         ) AS c, jsonb_populate_record(c::customers, jsonb_build_object(
           'id', substr(c.id, 1, 9) || substr(md5(c.id), 1, 16), 'phoneNumber', substr(c."phoneNumber", 3), 'email', upper(c.email),
           'totalOrders', 0, 'totalSpent', 0, 'lastOrderAt', NULL)) AS twin`,
      ),
  },
  {
    id: 'customers.preferences-malformed',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE customers SET preferences = '"no pork"'
         WHERE id IN (SELECT id FROM customers ORDER BY hashtext(id || 'pork'), id LIMIT (SELECT greatest(2, count(*) / 1000) FROM customers))`,
      ),
  },
  {
    id: 'customers.category-unknown',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE customers SET category = CASE WHEN hashtext(id) % 2 = 0 THEN 'vip' ELSE 'Corporate' END
         WHERE id IN (SELECT id FROM customers ORDER BY hashtext(id || 'category'), id LIMIT (SELECT greatest(2, count(*) / 500) FROM customers))`,
      ),
  },
  {
    id: 'customers.tags-unknown',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE customers SET tags = ARRAY['Regular', 'lunch']
         WHERE id IN (SELECT id FROM customers ORDER BY hashtext(id || 'tag'), id LIMIT (SELECT greatest(2, count(*) / 500) FROM customers))`,
      ),
  },
  {
    id: 'customers.totals-negative',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE customers SET "totalSpent" = -"totalSpent" - 100, "totalOrders" = -1
         WHERE id IN (SELECT id FROM customers ORDER BY hashtext(id || 'negative'), id LIMIT 2)`,
      ),
  },
  {
    id: 'customers.last-order-drift',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE customers SET "lastOrderAt" = NULL
         WHERE id IN (SELECT "customerId" FROM orders WHERE status = 'DELIVERED' ORDER BY hashtext(id || 'last'), id LIMIT 3)`,
      ),
  },
  {
    // Imported from another system afterwards, with the day of the import as sign-up.
    id: 'orders.before-signup',
    in: 'every',
    apply: (change, { now }) =>
      change(
        `UPDATE customers SET "createdAt" = $1, "updatedAt" = $1
         WHERE id IN (SELECT "customerId" FROM orders WHERE status = 'DELIVERED' ORDER BY hashtext(id || 'import'), id LIMIT 2)`,
        [now],
      ),
  },
];
