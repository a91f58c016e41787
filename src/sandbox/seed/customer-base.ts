import type { Business } from './businesses.js';
import { DAY, HOUR } from './calendar.js';
import { EARLY_CUSTOMERS } from './proportions.js';
import { type Stream, stream } from './random.js';
import { type RowIds, rowIds } from './row-ids.js';

/** What orders need to know of the customers, by index (oldest first): 28 bytes a customer. */
export interface CustomerBase {
  count: number;
  id(index: number): string;
  signedUp: Float64Array;
  /** When the customer loses interest. */
  lapses: Float64Array;
  business: Int32Array;
  /** Running sum of the customers' appetites: a binary search in it draws a customer by appetite. */
  appetite: Float64Array;
}

/** Sold orders of each customer, added up while the orders are written. */
export interface Tally {
  orders: Int32Array;
  spent: Float64Array;
  last: Float64Array;
  messages: number;
}

export function emptyTally(customers: number): Tally {
  return {
    orders: new Int32Array(customers),
    spent: new Float64Array(customers),
    last: new Float64Array(customers),
    messages: 0,
  };
}

export function makeCustomerBase(
  seed: number,
  count: number,
  start: number,
  now: number,
  businesses: readonly Business[],
): CustomerBase {
  const draw = stream(seed, 'customers');
  const idOf: RowIds = rowIds(seed, 'customers');
  const signedUp = new Float64Array(count);
  const lapses = new Float64Array(count);
  const business = new Int32Array(count);
  const appetite = new Float64Array(count);
  let opened = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const at = signUpTime(i, count, start, now, draw);
    while ((businesses[opened]?.createdAt ?? Number.POSITIVE_INFINITY) < at) opened++;
    signedUp[i] = at;
    lapses[i] = Math.max(at, start) + lifetime(i, draw);
    business[i] = homeBusiness(i, at, opened, businesses, draw);
    // Pareto: most order now and then, a few nearly every day. The cap keeps one customer of a small world from being its market.
    sum += Math.min((1 - draw(i, 3)) ** (-1 / 1.2), 40);
    appetite[i] = sum;
  }
  return { count, id: (i) => idOf(signedUp[i] ?? 0, i), signedUp, lapses, business, appetite };
}

function signUpTime(index: number, count: number, start: number, now: number, draw: Stream): number {
  const early = Math.max(1, Math.floor(count * EARLY_CUSTOMERS));
  const place = index + draw(index, 0);
  if (index < early) return Math.floor(start - 90 * DAY + (place / early) * 89 * DAY);
  return Math.floor(start + ((place - early) / (count - early)) * (now - HOUR - start));
}

/** A quarter try it once, some stay for ever, the rest come for about half a year. */
function lifetime(index: number, draw: Stream): number {
  const kind = draw(index, 1);
  if (kind < 0.25) return 2 * DAY;
  if (kind > 0.8) return Number.POSITIVE_INFINITY;
  return -Math.log(1 - draw(index, 2)) * 180 * DAY;
}

/** Old businesses have more customers. One that closed before the sign-up passes it on to the next older one. */
function homeBusiness(
  index: number,
  at: number,
  opened: number,
  businesses: readonly Business[],
  draw: Stream,
): number {
  let home = Math.floor(draw(index, 4) ** 1.5 * Math.max(opened, 1));
  while (home > 0 && (businesses[home]?.closedAt ?? 0) < at + DAY) home--;
  return home;
}
