import type { Generation } from '../../db/catalog.js';
import type { Business } from './businesses.js';
import { HOUR, type LocalDay, localDay } from './calendar.js';
import { MOST_MENUS } from './proportions.js';
import { stream } from './random.js';
import { rowIds } from './row-ids.js';
import { DISHES, type Dish } from './vocabulary.js';

export interface MenuItem {
  id: string;
  dish: Dish;
  price: number;
}

export interface Menu {
  id: string;
  date: string;
  /** The newer generation's; production has one menu a day for all. */
  business: Business | null;
  isActive: boolean;
  createdAt: number;
  items: MenuItem[];
}

export interface MenuPlan {
  count: number;
  /** The menu that a business's customers order from on day `day` (an index into the history). */
  on(day: number, business: Business): Menu;
  all(): Generator<Menu>;
}

const BY_CATEGORY = ['Mains', 'Vegetarian', 'Sides', 'Desserts', 'Drinks'].map((category) =>
  DISHES.filter((dish) => dish.category === category),
);
/** Position on the menu -> category, how many of that category come before, and the stride that keeps dishes different. */
const COURSES = [
  [0, 0, 3],
  [0, 1, 3],
  [0, 2, 3],
  [1, 0, 1],
  [2, 0, 2],
  [3, 0, 1],
  [4, 0, 1],
  [0, 3, 3],
  [2, 1, 2],
] as const;

/**
 * Menus are computed, not stored: the orders, the messages and the two menu tables each build the ones they need.
 * Production: one menu a day. Newer: each business writes a new one every `step` days, counted back from today.
 */
export function planMenus(
  seed: number,
  now: number,
  timezone: string,
  days: readonly LocalDay[],
  generation: Generation,
  businesses: readonly Business[],
): MenuPlan {
  const last = days.length - 1;
  const kitchens: readonly (Business | null)[] = generation === 'newer' ? businesses : [null];
  const step = Math.max(1, Math.ceil((kitchens.length * days.length) / MOST_MENUS));
  // Slot 0 is tomorrow's menu, which kitchens publish the day before; slot 1 today's, and so on into the past.
  const slots = Math.ceil(last / step) + 2;
  const dayOfSlot = [
    localDay(now, timezone, 1),
    ...Array.from({ length: slots - 1 }, (_, i) => days[Math.max(last - i * step, 0)]),
  ];
  const make = menuMaker(seed, now);

  const slotsOf = (business: Business | null): number => {
    if (business === null) return slots;
    const opened = days.findLastIndex((day) => day.start <= business.createdAt);
    return Math.min(slots, Math.ceil((last - Math.max(opened, 0)) / step) + 2);
  };
  const build = (kitchen: number, slot: number): Menu => {
    const day = dayOfSlot[slot];
    if (day === undefined) throw new RangeError(`menu slot ${slot} of ${slots}`);
    const business = kitchens[kitchen] ?? null;
    const isOpen = business === null || business.closedAt > now;
    return make(kitchen * slots + slot, day, business, isOpen && slot <= 2);
  };
  const remembered = rememberSlot(build);
  return {
    count: kitchens.reduce((sum, business) => sum + slotsOf(business), 0),
    on: (day, business) => remembered(generation === 'newer' ? business.index : 0, Math.ceil((last - day) / step) + 1),
    *all() {
      for (const [kitchen, business] of kitchens.entries()) {
        for (let slot = slotsOf(business) - 1; slot >= 0; slot--) yield build(kitchen, slot);
      }
    },
  };
}

function menuMaker(seed: number, now: number) {
  const draw = stream(seed, 'menus');
  const menuId = rowIds(seed, 'menus');
  const itemId = rowIds(seed, 'menu_items');
  return (index: number, day: LocalDay, business: Business | null, isActive: boolean): Menu => {
    const createdAt = Math.min(day.start - 6 * HOUR, now - 60_000);
    const level = business === null ? 1 : 0.85 + 0.4 * draw(business.index, 90);
    const items = COURSES.slice(0, 5 + Math.floor(draw(index) * 5)).map(([category, nth, stride], place) => {
      const dish = pickDish(category, nth * stride, draw(index, category + 1));
      return {
        id: itemId(createdAt, index * COURSES.length + place),
        dish,
        price: Math.round((dish.price * level) / 50) * 50 - 1,
      };
    });
    return { id: menuId(createdAt, index), date: day.date, business, isActive, createdAt, items };
  };
}

function pickDish(category: number, offset: number, uniform: number): Dish {
  const dishes = BY_CATEGORY[category] ?? [];
  const dish = dishes[(Math.floor(uniform * dishes.length) + offset) % dishes.length];
  if (dish === undefined) throw new RangeError(`no dish in category ${category}`);
  return dish;
}

/** Orders come by time, so a slot's menus are asked for again and again, and never afterwards. */
function rememberSlot(build: (kitchen: number, slot: number) => Menu): (kitchen: number, slot: number) => Menu {
  const menus = new Map<number, Menu>();
  let current = -1;
  return (kitchen, slot) => {
    if (slot !== current) {
      menus.clear();
      current = slot;
    }
    const known = menus.get(kitchen);
    if (known !== undefined) return known;
    const menu = build(kitchen, slot);
    menus.set(kitchen, menu);
    return menu;
  };
}
