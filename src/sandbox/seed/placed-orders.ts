import type { OrderStatus } from '../../config-schema.js';
import { basketTarget, basketTotal, fillBasket, type OrderLine } from './basket.js';
import type { Business } from './businesses.js';
import { HOUR, type LocalDay } from './calendar.js';
import { chooseCustomers } from './customer-choice.js';
import { allocate, dayWeights, shareOfDay, timeOfDay } from './demand.js';
import type { Menu } from './menu-plan.js';
import { CANCELLED } from './proportions.js';
import { type Stream, stream } from './random.js';
import type { World } from './world.js';

export interface PlacedOrder {
  index: number;
  at: number;
  updatedAt: number;
  customer: number;
  business: Business;
  menu: Menu;
  lines: OrderLine[];
  total: number;
  status: OrderStatus;
  isSold: boolean;
}

const MINUTE = HOUR / 60;
const GOLDEN = 0.6180339887498949;

/**
 * Every order of the marketplace, oldest first. Going through it again gives the same orders, which is how the messages
 * come to tell of them without a million orders being kept.
 */
export function* placeOrders(world: World): Generator<PlacedOrder> {
  const draw = stream(world.seed, 'orders');
  const choose = chooseCustomers(world, stream(world.seed, 'orders.customer'));
  let sold = 0;
  // What the last baskets missed their targets by. Handed on, so that a day's revenue is as steady as its targets.
  let owed = 0;
  for (const { index, at, day } of orderTimes(world, draw)) {
    const customer = choose(index, at);
    const business = businessOf(world, customer);
    const menu = world.menus.on(day, business);
    const status = statusAt(world.now - at, index, draw);
    const isSold = status !== 'PENDING' && status !== 'CONFIRMED' && status !== 'CANCELLED';
    // Multiples of the golden ratio spread evenly over any stretch of orders; drawn at random, small days would differ by half.
    const target = basketTarget(((isSold ? sold++ : index) * GOLDEN) % 1);
    const lines = fillBasket(menu, isSold ? target + owed : target, index, draw);
    const total = basketTotal(lines);
    if (isSold) owed = Math.max(-1500, Math.min(1500, target + owed - total));
    yield {
      index,
      at,
      updatedAt: lastTouched(at, world.now, index, draw),
      customer,
      business,
      menu,
      lines,
      total,
      status,
      isSold,
    };
  }
}

/** Days get their share of the orders to the unit, and a day's orders sit on an even grid of its meal rhythm, jittered. */
function* orderTimes(
  { days, now, orders }: World,
  draw: Stream,
): Generator<{ index: number; at: number; day: number }> {
  const counts = allocate(orders, dayWeights(days, now, draw));
  let index = 0;
  for (const [day, { start }] of days.entries()) {
    const count = counts[day] ?? 0;
    const elapsed = day === days.length - 1 ? shareOfDay((now - start) / HOUR) : 1;
    for (let n = 0; n < count; n++, index++) {
      const at = Math.min(start + timeOfDay(((n + draw(index)) / count) * elapsed), now);
      // However few the orders, the newest is not older than this: the marketplace is open (orders.freshness).
      if (index < orders - 1) yield { index, at, day };
      else yield newest(index, Math.max(at, now - 18 * HOUR), days);
    }
  }
}

function newest(index: number, at: number, days: readonly LocalDay[]) {
  return {
    index,
    at,
    day: Math.max(
      days.findLastIndex((day) => day.start <= at),
      0,
    ),
  };
}

function businessOf(world: World, customer: number): Business {
  const business = world.businesses[world.customers.business[customer] ?? 0];
  if (business === undefined) throw new RangeError(`customer ${customer} has no business`);
  return business;
}

/** An order is confirmed within minutes, paid or dropped within three hours, and delivered in one and a half. */
function statusAt(age: number, index: number, draw: Stream): OrderStatus {
  // Every 22nd and not one in 22 by chance, for the same steadiness.
  if (Math.floor((index + 1) * CANCELLED) > Math.floor(index * CANCELLED))
    return age < 10 * MINUTE ? 'PENDING' : 'CANCELLED';
  const luck = draw(index, 1);
  if (age < 10 * MINUTE) return luck < 0.6 ? 'PENDING' : 'CONFIRMED';
  if (age < 3 * HOUR && luck < 0.12) return luck < 0.05 ? 'PENDING' : 'CONFIRMED';
  if (age < 25 * MINUTE) return luck < 0.5 ? 'CONFIRMED' : 'PAID';
  if (age < 55 * MINUTE) return luck < 0.3 ? 'PAID' : 'PREPARING';
  if (age < 90 * MINUTE) return luck < 0.5 ? 'READY' : 'DELIVERED';
  return 'DELIVERED';
}

function lastTouched(at: number, now: number, index: number, draw: Stream): number {
  return Math.min(now, Math.floor(at + (2 + 85 * draw(index, 2)) * MINUTE));
}
