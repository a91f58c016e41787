import { DAY, timestamp } from '../calendar.js';
import { customerPhone } from '../phone-numbers.js';
import { choose, type Stream, stream } from '../random.js';
import { FIRST_NAMES, LAST_NAMES } from '../vocabulary.js';
import type { World } from '../world.js';
import type { Cell, SeededTable } from './table.js';

const NAMED = 0.85;
const WITH_EMAIL = 0.35;
const PREFERENCES = [
  { dietary: ['vegetarian'] },
  { dietary: ['vegan'], spice: 'hot' },
  { dietary: ['gluten-free'] },
  { spice: 'mild', utensils: false },
  { delivery: { window: '12:00-13:00', door: 'front desk' } },
].map((preferences) => JSON.stringify(preferences));

export const customers: SeededTable = {
  name: 'customers',
  columns: (generation) => [
    ...['id', 'phoneNumber', 'name', 'email', 'isActive', 'preferences', 'tags', 'category', 'notes'],
    ...['lastOrderAt', 'totalOrders', 'totalSpent', 'createdAt', 'updatedAt'],
    ...(generation === 'newer' ? ['businessId'] : []),
  ],
  expected: ({ customers }) => customers.count,
  *rows(world) {
    const draw = stream(world.seed, 'customers.columns');
    for (let i = 0; i < world.customers.count; i++) yield row(world, i, draw);
  },
};

function row(world: World, index: number, draw: Stream): Cell[] {
  const { customers, tally, generation, businesses } = world;
  const createdAt = customers.signedUp[index] ?? 0;
  const last = tally.last[index] ?? 0;
  const category = categoryOf(world, index);
  const [name, email] = person(index, draw);
  const home = customers.business[index] ?? 0;
  return [
    ...[customers.id(index), phoneOf(world, index), name, email, draw(index, 6) < 0.97],
    ...[draw(index, 7) < 0.4 ? choose(PREFERENCES, draw(index, 8)) : null, tagsOf(category, index, draw)],
    ...[draw(index, 9) < 0.9 ? category : null, draw(index, 10) < 0.03 ? 'Asked for a receipt by e-mail' : null],
    ...[last > 0 ? timestamp(last) : null, tally.orders[index] ?? 0, tally.spent[index] ?? 0, timestamp(createdAt)],
    timestamp(Math.max(createdAt, last)),
    ...(generation === 'newer' ? [businesses[home]?.id ?? null] : []),
  ];
}

function person(index: number, draw: Stream): [name: string | null, email: string | null] {
  const first = choose(FIRST_NAMES, draw(index));
  const last = choose(LAST_NAMES, draw(index, 1));
  const name = draw(index, 2) < NAMED ? `${first} ${last}` : null;
  const address = `${first}.${last}${index + 1}@example.com`.toLowerCase().replace("'", '');
  return [name, draw(index, 3) < WITH_EMAIL ? address : null];
}

/** In the newer generation some people are customers of two businesses, under one number: no duplicate there. */
function phoneOf({ generation, customers }: World, index: number): string {
  const isShared =
    generation === 'newer' && index % 40 === 39 && customers.business[index] !== customers.business[index - 1];
  return customerPhone(isShared ? index - 1 : index);
}

function tagsOf(category: string | null, index: number, draw: Stream): string | null {
  const luck = draw(index, 11);
  if (luck < 0.3) return null;
  return luck < 0.6 || category === null ? '{}' : `{${category}}`;
}

/** What a person at the desk would have written, from recency, frequency and money; nothing for those who never ordered. */
function categoryOf({ tally, now, customers }: World, index: number): string | null {
  const orders = tally.orders[index] ?? 0;
  const daysAgo = (now - (tally.last[index] ?? 0)) / DAY;
  if (orders === 0) return null;
  if (daysAgo > 180) return 'Lost';
  if (daysAgo > 60) return orders >= 3 ? 'At-Risk' : 'Occasional';
  if ((tally.spent[index] ?? 0) > 60_000) return 'VIP';
  if (now - (customers.signedUp[index] ?? 0) < 30 * DAY) return 'New';
  if (orders === 1) return 'One-time';
  return orders >= 8 ? 'Frequent' : 'Regular';
}
