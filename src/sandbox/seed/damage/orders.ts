import type { Damage } from './damage.js';

/** What is wrong with orders' states, times and payments. */
export const orders: readonly Damage[] = [
  {
    // Nothing came in since the day before yesterday: the day's count and revenue collapse, and the newest order is old.
    id: 'orders.freshness',
    in: 'every',
    apply: (change, { now, timezone }) =>
      change(
        `DELETE FROM orders WHERE "createdAt" >= least($1::timestamp - interval '25 hours',
           ($1::timestamp AT TIME ZONE 'UTC' AT TIME ZONE $2)::date::timestamp AT TIME ZONE $2 AT TIME ZONE 'UTC' - interval '1 day')`,
        [now, timezone],
      ),
  },
  {
    // Orders taken by SMS have no businessId and no platformFee (orders.business-missing, orders.platform-fee-missing).
    id: 'sms-orders',
    in: 'realistic',
    apply: (change) =>
      change(`UPDATE orders SET "businessId" = NULL, "platformFee" = NULL WHERE abs(hashtext(id || 'sms') % 100) < 20`),
  },
  {
    // Demo payments: the order counts as paid, or has a link, and no money moves.
    id: 'orders.payment-is-demo',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE orders SET "paymentId" = 'demo_' || substr(md5(id), 1, 16),
           status = CASE WHEN hashtext(id) % 4 = 0 THEN 'CONFIRMED' ELSE 'PAID' END::"OrderStatus"
         WHERE id IN (SELECT id FROM orders WHERE status = 'DELIVERED' ORDER BY hashtext(id || 'demo'), id
           LIMIT (SELECT greatest(5, count(*) * 3 / 1000) FROM orders))`,
      ),
  },
  {
    id: 'orders.stale-pending',
    in: 'realistic',
    apply: (change, { now }) =>
      change(
        `UPDATE orders SET status = 'PENDING', "paymentUrl" = NULL, "updatedAt" = "createdAt"
         WHERE id IN (SELECT id FROM orders WHERE status = 'CANCELLED' AND "createdAt" < $1::timestamp - interval '2 days'
           ORDER BY hashtext(id || 'pending'), id LIMIT (SELECT greatest(3, count(*) * 4 / 1000) FROM orders))`,
        [now],
      ),
  },
  {
    id: 'orders.stale-confirmed',
    in: 'realistic',
    apply: (change, { now }) =>
      change(
        `UPDATE orders SET status = 'CONFIRMED', "paymentUrl" = 'https://pay.example.com/c/' || id
         WHERE id IN (SELECT id FROM orders WHERE status = 'CANCELLED' AND "createdAt" < $1::timestamp - interval '2 days'
           ORDER BY hashtext(id || 'confirmed'), id LIMIT (SELECT greatest(3, count(*) * 4 / 1000) FROM orders))`,
        [now],
      ),
  },
  {
    // The kitchen served it and told nobody.
    id: 'orders.stale-in-progress',
    in: 'realistic',
    apply: (change, { now }) =>
      change(
        `UPDATE orders SET status = CASE WHEN hashtext(id) % 2 = 0 THEN 'READY' ELSE 'PREPARING' END::"OrderStatus"
         WHERE id IN (SELECT id FROM orders WHERE status = 'DELIVERED' AND "updatedAt" < $1::timestamp - interval '25 hours'
           ORDER BY hashtext(id || 'kitchen'), id LIMIT (SELECT greatest(3, count(*) * 2 / 1000) FROM orders))`,
        [now],
      ),
  },
  {
    // A message delivered twice by the provider, and answered twice.
    id: 'orders.possible-duplicate',
    in: 'realistic',
    apply: (change, { now }) =>
      change(
        `INSERT INTO orders SELECT twin.* FROM (
           SELECT * FROM orders WHERE status = 'DELIVERED' AND "updatedAt" < $1::timestamp - interval '1 hour'
           ORDER BY hashtext(id || 'twice'), id LIMIT (SELECT greatest(3, count(*) / 2000) FROM orders)
         ) AS o, jsonb_populate_record(o::orders, jsonb_build_object(
           'id', substr(o.id, 1, 9) || substr(md5(o.id), 1, 16),
           'createdAt', o."createdAt" + (20 + abs(hashtext(o.id) % 90)) * interval '1 second',
           'updatedAt', o."updatedAt" + interval '2 minutes',
           'paymentId', 'pi_' || md5(o.id))) AS twin`,
        [now],
      ),
  },
  {
    id: 'orders.payment-missing',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE orders SET "paymentId" = CASE WHEN hashtext(id) % 2 = 0 THEN ' ' END
         WHERE id IN (SELECT id FROM orders WHERE status = 'DELIVERED' ORDER BY hashtext(id || 'unpaid'), id LIMIT 3)`,
      ),
  },
  {
    id: 'orders.delivery-time-missing',
    in: 'every',
    apply: (change, { now }) =>
      change(
        `UPDATE orders SET "deliveryTime" = NULL
         WHERE "createdAt" >= $1::timestamp - interval '30 days' AND "deliveryTime" IS NOT NULL AND hashtext(id || 'when') % 20 <> 0`,
        [now],
      ),
  },
  {
    id: 'orders.time-travel',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE orders SET "updatedAt" = "createdAt" - interval '5 hours'
         WHERE id IN (SELECT id FROM orders WHERE status = 'DELIVERED' ORDER BY hashtext(id || 'zone'), id LIMIT 3)`,
      ),
  },
];
