import type { Business } from '../businesses.js';
import { DAY, timestamp } from '../calendar.js';
import { rowIds } from '../row-ids.js';
import type { World } from '../world.js';
import type { SeededTable } from './table.js';

const LISTS = [
  ['Lunch regulars', 'Weekday lunch specials', '#2f855a'],
  ['Catering leads', 'Asked about trays for groups', '#2b6cb0'],
] as const;

export interface CustomerList {
  id: string;
  business: Business;
  createdAt: number;
  title: (typeof LISTS)[number];
}

/** Businesses that pay keep two lists. */
export function listsOf({ seed }: World, business: Business): CustomerList[] {
  if (business.status === 'trial') return [];
  const idOf = rowIds(seed, 'customer_lists');
  return LISTS.map((title, n) => {
    const createdAt = business.createdAt + (n + 1) * DAY;
    return { id: idOf(createdAt, business.index * LISTS.length + n), business, createdAt, title };
  });
}

export const customerLists: SeededTable = {
  name: 'customer_lists',
  columns: () => ['id', 'name', 'description', 'color', 'isActive', 'businessCustomerId', 'createdAt', 'updatedAt'],
  expected: ({ businesses }) => businesses.length * LISTS.length,
  *rows(world) {
    for (const business of world.businesses) {
      for (const { id, createdAt, title } of listsOf(world, business)) {
        const at = timestamp(Math.min(createdAt, world.now));
        yield [id, ...title, business.status !== 'cancelled', business.id, at, at];
      }
    }
  },
};
