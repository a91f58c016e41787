import { DAY, timestamp } from '../calendar.js';
import type { Damage } from './damage.js';

interface SpoiltNumber {
  phoneNumber?: string;
  areaCode?: string;
  status?: 'AVAILABLE' | 'ASSIGNED' | 'RESERVED' | 'COOLDOWN';
  /** A business that already has a number, or one that is no more. */
  business?: 'existing' | 'deleted';
  /** Days from now. */
  released?: number;
  coolsUntil?: number;
}

/**
 * Numbers are spoilt by adding some, of the range 555-01xx that is kept for fiction: the inventory of a small marketplace
 * is too short for a different number a check.
 */
function added(id: Damage['id'], kind: Damage['in'], line: string, spoilt: SpoiltNumber): Damage {
  return {
    id,
    in: kind,
    apply: (change, { time }) => {
      const on = (days: number | undefined) => (days === undefined ? null : timestamp(time + days * DAY));
      const row = {
        id: `cspoiltphonenumber000${line}`,
        phoneNumber: spoilt.phoneNumber ?? `+1404555${line}`,
        areaCode: spoilt.areaCode ?? '404',
        status: spoilt.status ?? 'AVAILABLE',
        currentBusinessId: spoilt.business === 'deleted' ? 'cdeletedbusiness000000001' : null,
        assignedAt: spoilt.status === 'ASSIGNED' ? on(-9) : null,
        releasedAt: on(spoilt.released),
        cooldownUntil: on(spoilt.coolsUntil),
        source: 'manual',
        purchasedAt: on(-90),
        createdAt: on(-90),
        updatedAt: on(-9),
      };
      return change(spoilt.business === 'existing' ? INSERT_WITH_BUSINESS : INSERT, [JSON.stringify(row)]);
    },
  };
}

/** By way of JSON, so that the column whose name depends on the generation need not be named. */
const INSERT =
  'INSERT INTO phone_number_inventory SELECT added.* FROM jsonb_populate_record(NULL::phone_number_inventory, $1) AS added';
const INSERT_WITH_BUSINESS = `
  INSERT INTO phone_number_inventory SELECT added.*
  FROM (SELECT id FROM business_customers WHERE "assignedPhoneNumber" IS NOT NULL AND "isActive" ORDER BY id LIMIT 1) AS business,
    jsonb_populate_record(NULL::phone_number_inventory, $1 || jsonb_build_object('currentBusinessId', business.id)) AS added`;

export const phones: readonly Damage[] = [
  // The job that recycles numbers does not exist yet.
  added('phones.cooldown-overdue', 'realistic', '0101', { status: 'COOLDOWN', released: -50, coolsUntil: -20 }),
  // A sign-up that was never finished.
  added('phones.reserved-stale', 'realistic', '0102', { status: 'RESERVED' }),
  // The business's own column was not written: phones.business-number-mismatch as well.
  added('phones.several-per-business', 'realistic', '0103', { status: 'ASSIGNED', business: 'existing' }),
  added('phones.assigned-without-business', 'every', '0104', { status: 'ASSIGNED' }),
  added('phones.business-while-unassigned', 'every', '0105', { business: 'existing' }),
  added('phones.business-orphan', 'every', '0106', { status: 'ASSIGNED', business: 'deleted' }),
  added('phones.cooldown-violation', 'every', '0107', { released: -9, coolsUntil: 21 }),
  added('phones.cooldown-missing', 'every', '0108', { status: 'COOLDOWN', released: -9 }),
  added('phones.cooldown-too-short', 'every', '0109', { status: 'COOLDOWN', released: -9, coolsUntil: 5 }),
  added('phones.area-code-mismatch', 'every', '0110', { areaCode: '770' }),
  added('phones.number-not-e164', 'every', '0111', { phoneNumber: '404-555-0111' }),
];
