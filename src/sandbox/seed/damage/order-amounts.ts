import type { Damage } from './damage.js';

/** What is wrong with orders' money and items. */
export const orderAmounts: readonly Damage[] = [
  {
    // The fee cut off where half a cent is rounded up.
    id: 'orders.platform-fee-wrong',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE orders SET "platformFee" = "totalAmount" * 2 / 100
         WHERE id IN (SELECT id FROM orders WHERE status = 'DELIVERED' AND "platformFee" <> "totalAmount" * 2 / 100
           ORDER BY hashtext(id || 'fee'), id LIMIT (SELECT greatest(3, count(*) / 1000) FROM orders))`,
      ),
  },
  {
    // A delivery charge that went into the total but not into the items.
    id: 'orders.amount-vs-items',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE orders SET "totalAmount" = "totalAmount" + 500
         WHERE id IN (SELECT id FROM orders WHERE status = 'DELIVERED' ORDER BY hashtext(id || 'charge'), id
           LIMIT (SELECT greatest(3, count(*) / 2000) FROM orders))`,
      ),
  },
  {
    id: 'orders.amount-negative',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE orders SET "totalAmount" = -"totalAmount"
         WHERE id IN (SELECT id FROM orders WHERE "totalAmount" > 0 ORDER BY hashtext(id || 'refund'), id LIMIT 3)`,
      ),
  },
  {
    id: 'orders.amount-zero',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE orders SET "totalAmount" = 0, "platformFee" = 0
         WHERE id IN (SELECT id FROM orders WHERE status = 'DELIVERED' AND "totalAmount" > 0 ORDER BY hashtext(id || 'free'), id LIMIT 3)`,
      ),
  },
  {
    id: 'orders.items-malformed',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE orders SET items = broken.items::jsonb
         FROM (SELECT id, row_number() OVER (ORDER BY hashtext(id || 'items'), id) AS place FROM orders WHERE "totalAmount" > 0) AS picked
         JOIN (VALUES (1, '[]'), (2, '{}'), (3, '"2x brisket"'), (4, '[{"name": " ", "price": 1299}]'), (5, '[{"name": "Lamb Gyro", "price": "13.99"}]'),
           (6, '{"clx": {"name": "Sweet Tea", "price": 299, "quantity": null}}')) AS broken (place, items) USING (place)
         WHERE orders.id = picked.id`,
      ),
  },
];
