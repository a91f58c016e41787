import { timestamp } from '../calendar.js';
import type { SeededTable } from './table.js';

export const menus: SeededTable = {
  name: 'menus',
  columns: (generation) => [
    'id',
    'date',
    'title',
    'isActive',
    'createdAt',
    'updatedAt',
    ...(generation === 'newer' ? ['businessId'] : []),
  ],
  expected: ({ menus }) => menus.count,
  *rows({ menus }) {
    for (const { id, date, business, isActive, createdAt } of menus.all()) {
      const at = timestamp(createdAt);
      const title = business === null ? `Menu for ${date}` : `${business.name}, ${date}`;
      yield [id, date, title, isActive, at, at, ...(business === null ? [] : [business.id])];
    }
  },
};
