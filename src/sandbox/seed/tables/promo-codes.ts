import { DAY, timestamp } from '../calendar.js';
import { rowIds } from '../row-ids.js';
import type { World } from '../world.js';
import type { SeededTable } from './table.js';

interface Promo {
  code: string;
  type: 'PERCENTAGE' | 'FIXED_AMOUNT';
  value: number;
  freeNumber: boolean;
  freeSubscription: boolean;
  isActive: boolean;
  description: string;
}

/** Businesses use the first five (makeBusinesses); nobody has used the last yet. */
export const PROMOS: readonly Promo[] = [
  promo('WELCOME20', 'PERCENTAGE', 20, 'Launch offer'),
  promo('FREENUMBER', 'FIXED_AMOUNT', 3000, 'The number is on us', { freeNumber: true }),
  promo('HALFOFF', 'PERCENTAGE', 50, 'First month at half price'),
  promo('FOODTRUCKS', 'FIXED_AMOUNT', 1500, 'For food trucks'),
  promo('PARTNER', 'PERCENTAGE', 100, 'Partners', { freeSubscription: true, freeNumber: true }),
  promo('SPRING', 'PERCENTAGE', 15, 'Not announced yet', { isActive: false }),
];

function promo(
  code: string,
  type: Promo['type'],
  value: number,
  description: string,
  more: Partial<Promo> = {},
): Promo {
  return { code, type, value, description, freeNumber: false, freeSubscription: false, isActive: true, ...more };
}

export function promoId({ seed, now, days }: World, index: number): string {
  return rowIds(seed, 'promo_codes')((days[0]?.start ?? now) - (410 - index) * DAY, index);
}

export const promoCodes: SeededTable = {
  name: 'promo_codes',
  columns: () => [
    ...['id', 'code', 'discountType', 'discountValue', 'freePhoneNumber', 'freeSubscription', 'isActive', 'maxUses'],
    ...['currentUses', 'description', 'expiresAt', 'createdAt', 'updatedAt'],
  ],
  expected: () => PROMOS.length,
  *rows(world) {
    const { businesses, now } = world;
    const created = (world.days[0]?.start ?? now) - 410 * DAY;
    for (const [index, it] of PROMOS.entries()) {
      const users = businesses.filter((business) => business.promo === index);
      const at = created + index * DAY;
      const updatedAt = users.reduce((latest, business) => Math.max(latest, business.createdAt), at);
      // Every second code is limited, with room left.
      const most = index % 2 === 0 ? null : Math.max(25, Math.ceil(users.length / 25) * 25);
      yield [
        ...[promoId(world, index), it.code, it.type, it.value, it.freeNumber, it.freeSubscription, it.isActive, most],
        ...[
          users.length,
          it.description,
          index === 3 ? timestamp(now + 120 * DAY) : null,
          timestamp(at),
          timestamp(updatedAt),
        ],
      ];
    }
  },
};
