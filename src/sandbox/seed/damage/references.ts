import type { Damage } from './damage.js';

/** The database has lost a constraint, and rows their other end. */
function orphans(id: Damage['id'], constraint: string, update: string): Damage {
  return {
    id,
    in: 'every',
    apply: async (change) => {
      await change(constraint);
      return change(update);
    },
  };
}

export const references: readonly Damage[] = [
  orphans(
    'orders.customer-orphan',
    `ALTER TABLE orders DROP CONSTRAINT IF EXISTS "orders_customerId_fkey"`,
    `UPDATE orders SET "customerId" = 'cdeletedcustomer000000001' WHERE id IN (SELECT id FROM orders ORDER BY hashtext(id || 'customer'), id LIMIT 3)`,
  ),
  orphans(
    'orders.business-orphan',
    `ALTER TABLE orders DROP CONSTRAINT IF EXISTS "orders_businessId_fkey"`,
    `UPDATE orders SET "businessId" = 'cdeletedbusiness000000001'
     WHERE id IN (SELECT id FROM orders WHERE "businessId" IS NOT NULL ORDER BY hashtext(id || 'business'), id LIMIT 3)`,
  ),
  orphans(
    'orders.menu-orphan',
    `ALTER TABLE orders DROP CONSTRAINT IF EXISTS "orders_menuId_fkey"`,
    `UPDATE orders SET "menuId" = 'cdeletedmenu0000000000001' WHERE id IN (SELECT id FROM orders ORDER BY hashtext(id || 'menu'), id LIMIT 3)`,
  ),
  orphans(
    'sms.customer-orphan',
    `ALTER TABLE sms_logs DROP CONSTRAINT IF EXISTS "sms_logs_customerId_fkey"`,
    `UPDATE sms_logs SET "customerId" = 'cdeletedcustomer000000002'
     WHERE id IN (SELECT id FROM sms_logs WHERE "customerId" IS NOT NULL ORDER BY hashtext(id || 'customer'), id LIMIT 3)`,
  ),
  orphans(
    'list-members.orphan',
    `ALTER TABLE customer_list_members DROP CONSTRAINT IF EXISTS "customer_list_members_customerId_fkey"`,
    `UPDATE customer_list_members SET "customerId" = 'cdeleted' || substr(md5(id), 1, 17)
     WHERE id IN (SELECT id FROM customer_list_members ORDER BY hashtext(id || 'customer'), id LIMIT 2)`,
  ),
];
