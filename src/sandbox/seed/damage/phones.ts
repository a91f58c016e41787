import type { Damage } from './damage.js';

/**
 * Numbers are spoilt by adding some, of the range 555-01xx that is kept for fiction: the inventory of a small marketplace
 * is too short for a different number a check. Columns that the generations name differently stay empty.
 */
function number(id: Damage['id'], mode: Damage['in'], line: string, columns: string, values: string): Damage {
  return {
    id,
    in: mode,
    apply: (change, { now }) =>
      change(
        `INSERT INTO phone_number_inventory (id, "phoneNumber", "areaCode", "purchasedAt", "createdAt", "updatedAt", ${columns})
         SELECT 'cspoiltnumber' || substr(md5($2::text), 1, 12), '+1404555' || $2::text, '404', t.now - interval '90 days', t.now - interval '90 days',
           t.now - interval '9 days', ${values}
         FROM (SELECT $1::timestamp AS now) AS t`,
        [now, line],
      ),
  };
}

function spelled(id: Damage['id'], phoneNumber: string, areaCode: string): Damage {
  return {
    id,
    in: 'every',
    apply: (change, { now }) =>
      change(
        `INSERT INTO phone_number_inventory (id, "phoneNumber", "areaCode", "purchasedAt", "createdAt", "updatedAt")
         SELECT 'cspoiltnumber' || substr(md5($2::text), 1, 12), $2::text, $3, t.past, t.past, t.past
         FROM (SELECT $1::timestamp - interval '90 days' AS past) AS t`,
        [now, phoneNumber, areaCode],
      ),
  };
}

const BUSINESS = `(SELECT id FROM business_customers WHERE "assignedPhoneNumber" IS NOT NULL AND "isActive" ORDER BY id LIMIT 1)`;

export const phones: readonly Damage[] = [
  // The job that recycles numbers does not exist yet.
  number(
    'phones.cooldown-overdue',
    'realistic',
    '0101',
    'status, "releasedAt", "cooldownUntil"',
    `'COOLDOWN', t.now - interval '50 days', t.now - interval '20 days'`,
  ),
  // A sign-up that was never finished.
  number('phones.reserved-stale', 'realistic', '0102', 'status', `'RESERVED'`),
  // The business's own column was not written: phones.business-number-mismatch as well.
  number(
    'phones.several-per-business',
    'realistic',
    '0103',
    'status, "assignedAt", "currentBusinessId"',
    `'ASSIGNED', t.now - interval '9 days', ${BUSINESS}`,
  ),
  number(
    'phones.assigned-without-business',
    'every',
    '0104',
    'status, "assignedAt"',
    `'ASSIGNED', t.now - interval '9 days'`,
  ),
  number(
    'phones.business-while-unassigned',
    'every',
    '0105',
    'status, "currentBusinessId"',
    `'AVAILABLE', ${BUSINESS}`,
  ),
  number(
    'phones.business-orphan',
    'every',
    '0106',
    'status, "assignedAt", "currentBusinessId"',
    `'ASSIGNED', t.now - interval '9 days', 'cdeletedbusiness000000001'`,
  ),
  number(
    'phones.cooldown-violation',
    'every',
    '0107',
    'status, "releasedAt", "cooldownUntil"',
    `'AVAILABLE', t.now - interval '9 days', t.now + interval '21 days'`,
  ),
  number('phones.cooldown-missing', 'every', '0108', 'status, "releasedAt"', `'COOLDOWN', t.now - interval '9 days'`),
  number(
    'phones.cooldown-too-short',
    'every',
    '0109',
    'status, "releasedAt", "cooldownUntil"',
    `'COOLDOWN', t.now - interval '9 days', t.now + interval '5 days'`,
  ),
  spelled('phones.area-code-mismatch', '+14045550110', '770'),
  spelled('phones.number-not-e164', '404-555-0111', '404'),
];
