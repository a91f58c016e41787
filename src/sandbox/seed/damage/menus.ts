import type { Damage } from './damage.js';

export const menus: readonly Damage[] = [
  {
    id: 'menus.today-missing',
    in: 'every',
    apply: (change, { now, timezone }) =>
      change(
        `UPDATE menus SET "isActive" = false, "updatedAt" = $1::timestamp
         WHERE date = ($1::timestamp AT TIME ZONE 'UTC' AT TIME ZONE $2)::date AND "isActive"`,
        [now, timezone],
      ),
  },
  {
    id: 'menu-items.price-negative',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE menu_items SET price = -price WHERE id IN (SELECT id FROM menu_items ORDER BY hashtext(id || 'minus'), id LIMIT 2)`,
      ),
  },
  {
    // A price typed in dollars and cents, without the dot, twice.
    id: 'menu-items.price-too-high',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE menu_items SET price = price * 100
         WHERE id IN (SELECT id FROM menu_items WHERE price > 500 ORDER BY hashtext(id || 'high'), id LIMIT 2)`,
      ),
  },
  {
    id: 'orders.menu-item-unknown',
    in: 'every',
    // Dishes that were deleted although somebody had ordered them.
    apply: (change) =>
      change(
        `DELETE FROM menu_items WHERE id IN (
           SELECT items -> 0 ->> 'menuItemId' FROM orders
           WHERE jsonb_typeof(items) = 'array' AND status = 'DELIVERED' ORDER BY id LIMIT 2)`,
      ),
  },
];
