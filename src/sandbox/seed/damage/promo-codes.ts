import type { Damage } from './damage.js';

export const promoCodes: readonly Damage[] = [
  {
    // Counted when the code was typed in, not when the business had signed up.
    id: 'promo-codes.usage-drift',
    in: 'realistic',
    apply: (change, { now }) =>
      change(
        `UPDATE promo_codes SET "currentUses" = "currentUses" + 2, "updatedAt" = $1
         WHERE id IN (SELECT id FROM promo_codes WHERE "maxUses" IS NULL ORDER BY id LIMIT 1)`,
        [now],
      ),
  },
  {
    id: 'promo-codes.overused',
    in: 'every',
    apply: (change, { now }) =>
      change(
        `INSERT INTO promo_codes (id, code, "discountType", "discountValue", "maxUses", "currentUses", "createdAt", "updatedAt")
         VALUES ('cspoiltpromocode000000001', 'FIRST10', 'PERCENTAGE', 10, 10, 12, $1, $1)`,
        [now],
      ),
  },
  {
    id: 'promo-codes.discount-out-of-range',
    in: 'every',
    apply: (change, { now }) =>
      change(
        `INSERT INTO promo_codes (id, code, "discountType", "discountValue", "createdAt", "updatedAt")
         VALUES ('cspoiltpromocode000000002', 'TYPO150', 'PERCENTAGE', 150, $1, $1), ('cspoiltpromocode000000003', 'NOTHING', 'FIXED_AMOUNT', 0, $1, $1)`,
        [now],
      ),
  },
];
