import type { Menu, MenuItem } from './menu-plan.js';
import { between, type Stream } from './random.js';

export interface OrderLine {
  item: MenuItem;
  quantity: number;
}

const MEDIAN_BASKET = 2600;
const SPREAD = 0.28;
const MOST_PORTIONS = 12;
/** Sides and drinks cost less than this; nobody orders twelve teas. */
const MAIN_PRICE = 750;
const MOST_SIDES = 3;
/** A dish this near to what is left will do. Always taking the nearest would make drinks, the small change, sell best. */
const NEAR_ENOUGH = 220;

/** What the basket at that place (0 to 1) among all baskets should cost, in cents: log-logistic, $7 to $94. */
export function basketTarget(place: number): number {
  const within = 0.01 + place * 0.98;
  return MEDIAN_BASKET * (within / (1 - within)) ** SPREAD;
}

/** One to three different dishes that cost about `target` cents together. */
export function fillBasket(menu: Menu, target: number, order: number, draw: Stream): OrderLine[] {
  const { items } = menu;
  const dishes = between(1, 3, draw(order, 10) ** 1.4);
  const first = Math.floor(draw(order, 11) * items.length);
  const lines: OrderLine[] = [];
  let left = target;
  for (let n = 0; n < dishes - 1; n++) {
    const item = items[(first + n * 2) % items.length];
    if (item === undefined || lines.some((line) => line.item === item)) break;
    const quantity = portions(left / (dishes - n), item.price);
    if (left - quantity * item.price < 300) break;
    lines.push({ item, quantity });
    left -= quantity * item.price;
  }
  lines.push(closest(items, lines, left, first));
  return lines;
}

/** The first dish, of those not taken, whose best number of portions comes near to what is left, or else the nearest. */
function closest(items: readonly MenuItem[], taken: readonly OrderLine[], left: number, first: number): OrderLine {
  let best: OrderLine | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (let n = 0; n < items.length; n++) {
    const item = items[(first + n) % items.length];
    if (item === undefined || taken.some((line) => line.item === item)) continue;
    const quantity = portions(left, item.price);
    const off = Math.abs(left - quantity * item.price);
    if (off <= NEAR_ENOUGH) return { item, quantity };
    if (off < distance) {
      best = { item, quantity };
      distance = off;
    }
  }
  if (best === undefined) throw new RangeError('a menu without items');
  return best;
}

function portions(cents: number, price: number): number {
  return Math.min(Math.max(Math.round(cents / price), 1), price < MAIN_PRICE ? MOST_SIDES : MOST_PORTIONS);
}

export function basketTotal(lines: readonly OrderLine[]): number {
  return lines.reduce((sum, { item, quantity }) => sum + item.price * quantity, 0);
}

/**
 * The two shapes that the platform writes: an array of lines with menuItemId, or an object keyed by menu item id.
 * A quantity of one is sometimes left out.
 */
export function basketJson(lines: readonly OrderLine[], shape: 'array' | 'object', omitsOne: boolean): string {
  const described = lines.map(({ item, quantity }) => ({
    menuItemId: item.id,
    name: item.dish.name,
    price: item.price,
    ...(quantity === 1 && omitsOne ? {} : { quantity }),
  }));
  if (shape === 'array') return JSON.stringify(described);
  return JSON.stringify(Object.fromEntries(described.map(({ menuItemId, ...line }) => [menuItemId, line])));
}
