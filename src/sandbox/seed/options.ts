import { SmsfoodError } from '../../errors.js';

export type Damage = 'none' | 'realistic' | 'every';

export interface SeedOptions {
  customers: number;
  orders: number;
  /** Length of the history, the day of `now` included. */
  days: number;
  damage: Damage;
  seed: number;
  now: Date;
  /** The businesses' time zone: days, menus and meal times are its. */
  timezone: string;
  /** With `every`: messages have stopped, so that sms.freshness finds something and sms.failure-rate cannot (CANNOT_COINCIDE). */
  stoppedMessages?: boolean;
}

/** Ids of menus and customers are rebuilt from a five-digit counter in base 36; beyond this they would repeat. */
const MOST_ORDERS = 12_000_000;

/** Refuses worlds that cannot be built, before anything is sent to the database. */
export function refuseImpossible(options: SeedOptions): void {
  const { customers, orders, days, seed } = options;
  for (const [name, value, least] of [
    ['customers', customers, 1],
    ['orders', orders, 0],
    ['days', days, 1],
    ['seed', seed, 0],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < least) {
      throw new SmsfoodError('USAGE', `${name} is ${value}`, `Give a whole number of at least ${least}.`);
    }
  }
  if (orders > MOST_ORDERS || customers > MOST_ORDERS) {
    throw new SmsfoodError('USAGE', `That is more than ${MOST_ORDERS} rows`, 'Seed a smaller marketplace.');
  }
}
