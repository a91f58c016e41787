import { DAY } from './calendar.js';
import { platformPhone } from './phone-numbers.js';
import { CUSTOMERS_A_BUSINESS, FEWEST_BUSINESSES } from './proportions.js';
import { between, type Stream, stream } from './random.js';
import { rowIds } from './row-ids.js';
import { type Area, businessName } from './vocabulary.js';

export interface Business {
  index: number;
  id: string;
  name: string;
  area: Area;
  phone: string | null;
  createdAt: number;
  status: 'trial' | 'active' | 'suspended' | 'cancelled';
  tier: 'starter' | 'pro' | null;
  /** When it stopped taking orders (suspended or cancelled). */
  closedAt: number;
  /** Index into the promo codes, or null. */
  promo: number | null;
}

/** About one business for every 50 customers, oldest first. The most recent ones are on trial. */
export function makeBusinesses(seed: number, customers: number, start: number, now: number): Business[] {
  const count = Math.max(FEWEST_BUSINESSES, Math.round(customers / CUSTOMERS_A_BUSINESS));
  const draw = stream(seed, 'businesses');
  const idOf = rowIds(seed, 'business_customers');
  return Array.from({ length: count }, (_, index) => {
    const createdAt = openingTime(index, count, start, now, draw);
    const { status, closedAt } = fate(index, count, createdAt, now, draw);
    const hasNumber = status !== 'cancelled' && !(status === 'trial' && draw(index, 4) < 0.4);
    const { number, area } = platformPhone(index);
    return {
      index,
      id: idOf(createdAt, index),
      name: businessName(index),
      area,
      phone: hasNumber ? number : null,
      createdAt,
      status,
      tier: status === 'trial' ? null : draw(index, 5) < 0.65 ? 'starter' : 'pro',
      closedAt,
      promo: draw(index, 6) < 0.3 ? Math.floor(draw(index, 7) * 5) : null,
    };
  });
}

/** Six in ten were there before the history begins (and before its customers), the others opened during it. */
function openingTime(index: number, count: number, start: number, now: number, draw: Stream): number {
  const early = Math.max(4, Math.floor(count * 0.6));
  const place = index + draw(index, 0);
  if (index < early) return Math.floor(start - 400 * DAY + (place / early) * 180 * DAY);
  const share = (place - early) / (count - early);
  // A history of a day or two has no time before the last two days.
  const end = Math.max(now - 2 * DAY, (start + now) / 2);
  return Math.floor(start + share * (end - start));
}

/** The first is open for ever; the second and third see to it that every world has a suspended and a newly cancelled one. */
function fate(index: number, count: number, createdAt: number, now: number, draw: Stream) {
  const age = now - createdAt;
  const open = Number.POSITIVE_INFINITY;
  if (index === 0) return { status: 'active', closedAt: open } as const;
  if (index === count - 1 || (age < 21 * DAY && draw(index, 1) < 0.7))
    return { status: 'trial', closedAt: open } as const;
  const luck = index === 1 ? 0.9 : index === 2 ? 0.99 : age < 60 * DAY ? 0 : draw(index, 2);
  if (luck < 0.88) return { status: 'active', closedAt: open } as const;
  if (luck < 0.93) return { status: 'suspended', closedAt: now - between(3, 25, draw(index, 3)) * DAY } as const;
  const daysAgo = index === 2 ? 10 : between(3, Math.max(4, Math.floor(age / DAY) - 30), draw(index, 3));
  return { status: 'cancelled', closedAt: now - daysAgo * DAY } as const;
}
