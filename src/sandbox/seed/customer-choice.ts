import { SmsfoodError } from '../../errors.js';
import { HOUR } from './calendar.js';
import { ORDER_AT_ONCE } from './proportions.js';
import type { Stream } from './random.js';
import type { World } from './world.js';

/** Nobody orders twice within half an hour: twice within two minutes would be a duplicate (orders.possible-duplicate). */
const LEAST_PAUSE = HOUR / 2;
const USUAL_PAUSE = 14 * HOUR;
const SIGN_UP_TO_ORDER = HOUR / 4;

/** Draws who places order `order` at `at`. Times must come in ascending order. */
export type CustomerChoice = (order: number, at: number) => number;

/**
 * By appetite, among those who signed up, have not lapsed, did not just eat, and whose kitchen is open. In a world with few
 * customers and many orders these wishes give way one after the other, except sign-up and the least pause.
 */
export function chooseCustomers({ customers, businesses }: World, draw: Stream): CustomerChoice {
  const { signedUp, lapses, business, appetite, count } = customers;
  const lastOrder = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  let known = 0;

  const isFree = (customer: number, at: number, pause: number) => at - (lastOrder[customer] ?? 0) >= pause;
  const isOpen = (customer: number, at: number) => (businesses[business[customer] ?? 0]?.closedAt ?? 0) > at;
  const isLikely = (customer: number, at: number, pause: number) =>
    isFree(customer, at, pause) && isOpen(customer, at) && (lapses[customer] ?? 0) > at;

  const choose: CustomerChoice = (order, at) => {
    for (let attempt = 0; attempt < 40; attempt++) {
      const customer = drawByAppetite(appetite, known, draw(order, 100 + attempt));
      if (isLikely(customer, at, attempt < 20 ? USUAL_PAUSE : 2 * HOUR)) return customer;
    }
    const first = Math.floor(draw(order, 99) * known);
    const anyone = (accepts: (customer: number) => boolean) => {
      for (let n = 0; n < known; n++) if (accepts((first + n) % known)) return (first + n) % known;
      return undefined;
    };
    const customer =
      anyone((c) => isFree(c, at, LEAST_PAUSE) && isOpen(c, at)) ?? anyone((c) => isFree(c, at, LEAST_PAUSE));
    if (customer !== undefined) return customer;
    throw new SmsfoodError(
      'USAGE',
      'Too many orders for so few customers',
      'Ask for more customers or more days, or for fewer orders.',
    );
  };

  let greeted = -1;
  const newcomer = (order: number, at: number) => {
    while (greeted < known && draw(order, 98) < 0.7) {
      const customer = greeted++;
      if (draw(customer, 97) < ORDER_AT_ONCE && isOpen(customer, at)) return customer;
    }
    return undefined;
  };

  return (order, at) => {
    while (known < count && (signedUp[known] ?? 0) + SIGN_UP_TO_ORDER <= at) known++;
    // Those who were there before the first order are no newcomers.
    if (greeted < 0) greeted = known;
    const customer = newcomer(order, at) ?? choose(order, at);
    lastOrder[customer] = at;
    return customer;
  };
}

/** The first of the `known` customers at which the running sum passes the drawn share of it. */
function drawByAppetite(sums: Float64Array, known: number, uniform: number): number {
  const wanted = uniform * (sums[known - 1] ?? 0);
  let low = 0;
  let high = known - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] ?? 0) > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
