import { DAY, timestamp } from '../calendar.js';
import { stream } from '../random.js';
import { rowIds } from '../row-ids.js';
import { type CustomerList, listsOf } from './customer-lists.js';
import type { SeededTable } from './table.js';

const ON_A_LIST = 0.2;

export const customerListMembers: SeededTable = {
  name: 'customer_list_members',
  columns: () => ['id', 'customerListId', 'customerId', 'addedAt', 'addedBy'],
  expected: ({ customers }) => Math.round(customers.count * ON_A_LIST),
  *rows(world) {
    const { seed, customers, now } = world;
    const draw = stream(seed, 'customer_list_members');
    const idOf = rowIds(seed, 'customer_list_members');
    const lists: CustomerList[][] = world.businesses.map((business) => listsOf(world, business));
    for (let i = 0; i < customers.count; i++) {
      const offered = lists[customers.business[i] ?? 0] ?? [];
      const list = draw(i) < ON_A_LIST ? offered[Math.floor(draw(i, 1) * offered.length)] : undefined;
      if (list === undefined) continue;
      const added = Math.min(Math.max(customers.signedUp[i] ?? 0, list.createdAt) + DAY, now);
      yield [idOf(added, i), list.id, customers.id(i), timestamp(added), draw(i, 2) < 0.7 ? list.business.id : null];
    }
  },
};
