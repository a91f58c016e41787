import type { Business } from '../businesses.js';
import { DAY, HOUR, timestamp } from '../calendar.js';
import { platformPhone } from '../phone-numbers.js';
import { between, stream } from '../random.js';
import { providerIds, rowIds } from '../row-ids.js';
import type { World } from '../world.js';
import type { SeededTable } from './table.js';

interface InventoryNumber {
  /** Which of the platform's numbers; businesses have those of their own index. */
  phone: number;
  status: 'AVAILABLE' | 'ASSIGNED' | 'RESERVED' | 'COOLDOWN' | 'RETIRED';
  purchasedAt: number;
  updatedAt: number;
  current?: Business;
  previous?: Business;
  releasedAt?: number;
  notes?: string;
}

const COOLDOWN_DAYS = 30;

export const phoneNumberInventory: SeededTable = {
  name: 'phone_number_inventory',
  columns: (generation) => [
    ...['id', 'phoneNumber', generation === 'newer' ? 'providerNumberId' : 'ezTextingNumberId', 'areaCode', 'status'],
    ...[
      'currentBusinessId',
      'previousBusinessId',
      'assignedAt',
      'releasedAt',
      'purchasedAt',
      'monthlyPrice',
      'source',
      'notes',
    ],
    ...['cooldownUntil', 'createdAt', 'updatedAt'],
  ],
  expected: (world) => world.businesses.length + poolSize(world) + 4,
  *rows(world) {
    const idOf = rowIds(world.seed, 'phone_number_inventory');
    const providerId = providerIds(world.seed, 'PN');
    const source = world.generation === 'newer' ? 'twilio' : 'eztexting';
    for (const it of [...businessNumbers(world), ...poolNumbers(world)]) {
      const { number, area } = platformPhone(it.phone);
      const assignedAt = it.current === undefined ? null : timestamp(it.current.createdAt + HOUR);
      const cooldown =
        it.status === 'COOLDOWN' && it.releasedAt !== undefined ? it.releasedAt + COOLDOWN_DAYS * DAY : undefined;
      yield [
        ...[idOf(it.purchasedAt, it.phone), number, providerId(it.phone), area.code, it.status],
        ...[
          it.current?.id ?? null,
          it.previous?.id ?? null,
          assignedAt,
          maybe(it.releasedAt),
          timestamp(it.purchasedAt),
        ],
        ...[source === 'twilio' ? 1.15 : 15, source, it.notes ?? null, maybe(cooldown), timestamp(it.purchasedAt)],
        timestamp(it.updatedAt),
      ];
    }
  },
};

function maybe(time: number | undefined): string | null {
  return time === undefined ? null : timestamp(time);
}

/** The numbers that businesses have, and those that cancelled ones gave back: cooling down for 30 days, then free again. */
function* businessNumbers({ businesses, now }: World): Generator<InventoryNumber> {
  for (const business of businesses) {
    const { index: phone, createdAt, closedAt } = business;
    if (business.phone !== null) {
      yield { phone, status: 'ASSIGNED', purchasedAt: createdAt, updatedAt: createdAt + HOUR, current: business };
    } else if (business.status === 'cancelled') {
      const freeAt = closedAt + COOLDOWN_DAYS * DAY;
      // Two days of margin, so that a world looked at tomorrow still has no overdue cooldown.
      const isCooling = freeAt > now + 2 * DAY;
      const released = { phone, purchasedAt: createdAt, previous: business, releasedAt: closedAt };
      if (isCooling) yield { ...released, status: 'COOLDOWN', updatedAt: closedAt };
      else yield { ...released, status: 'AVAILABLE', updatedAt: Math.min(freeAt + HOUR, now) };
    }
  }
}

function poolSize({ businesses }: World): number {
  return Math.max(6, Math.round(businesses.length / 10));
}

/** Numbers that nobody has had yet, two that a business is about to get, and two that were given up. */
function* poolNumbers(world: World): Generator<InventoryNumber> {
  const draw = stream(world.seed, 'phone_number_inventory');
  const first = world.businesses.length;
  const free = poolSize(world);
  for (let n = 0; n < free + 4; n++) {
    const purchasedAt = world.now - between(20, 200, draw(n)) * DAY;
    const number = { phone: first + n, purchasedAt };
    if (n < free) yield { ...number, status: 'AVAILABLE', updatedAt: purchasedAt };
    else if (n < free + 2) yield { ...number, status: 'RESERVED', updatedAt: world.now - (n - free + 1) * HOUR };
    else yield { ...number, status: 'RETIRED', updatedAt: purchasedAt + 10 * DAY, notes: 'Blocked by a carrier' };
  }
}
