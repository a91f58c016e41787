import { stream } from '../random.js';
import type { SeededTable } from './table.js';

/** Items that ran out. The first dish of a menu never does. */
const SOLD_OUT = 0.05;

export const menuItems: SeededTable = {
  name: 'menu_items',
  columns: (generation) => [
    ...['id', 'menuId', 'name', 'description', 'price', 'isAvailable', 'category'],
    ...(generation === 'newer' ? ['businessId'] : []),
  ],
  expected: ({ menus }) => menus.count * 7,
  *rows({ menus, seed }) {
    const draw = stream(seed, 'menu_items');
    let row = 0;
    for (const { id, items, business } of menus.all()) {
      for (const [place, { id: itemId, dish, price }] of items.entries()) {
        const isAvailable = place === 0 || draw(row++) >= SOLD_OUT;
        const description = `${dish.name}, made today`;
        yield [
          itemId,
          id,
          dish.name,
          description,
          price,
          isAvailable,
          dish.category,
          ...(business === null ? [] : [business.id]),
        ];
      }
    }
  },
};
