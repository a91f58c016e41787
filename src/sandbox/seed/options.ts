import { SmsfoodError } from '../../errors.js';

export const DAMAGE_LEVELS = ['none', 'realistic', 'every'] as const;

export interface SeedOptions {
  customers: number;
  orders: number;
  /** Length of the history, the day of `now` included. */
  days: number;
  /** `every` violates the whole catalogue from about 60 customers, 400 orders and 45 days on; anomalies need weeks of history. */
  damage: (typeof DAMAGE_LEVELS)[number];
  seed: number;
  now: Date;
  /** The businesses' time zone: days, menus and meal times are its. */
  timezone: string;
}

/** Ids carry a counter of five digits in base 36, and messages are three times as many as orders; beyond this they would repeat. */
const MOST_ROWS = 12_000_000;

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
  if (orders > MOST_ROWS || customers > MOST_ROWS) {
    throw new SmsfoodError('USAGE', `That is more than ${MOST_ROWS} rows`, 'Seed a smaller marketplace.');
  }
}
