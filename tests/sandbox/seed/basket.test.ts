import { describe, expect, it } from 'vitest';
import { basketJson } from '../../../src/sandbox/seed/basket.js';

describe('basketJson', () => {
  const item = (id: string, price: number) => ({ id, price, dish: { name: `Dish ${id}`, category: 'Mains', price } });
  const lines = [
    { item: item('a', 1299), quantity: 2 },
    { item: item('b', 349), quantity: 1 },
  ];

  it('writes an array of lines', () => {
    expect(JSON.parse(basketJson(lines, 'array', false))).toEqual([
      { menuItemId: 'a', name: 'Dish a', price: 1299, quantity: 2 },
      { menuItemId: 'b', name: 'Dish b', price: 349, quantity: 1 },
    ]);
  });

  it('writes an object keyed by menu item, and may leave out a quantity of one', () => {
    expect(JSON.parse(basketJson(lines, 'object', true))).toEqual({
      a: { name: 'Dish a', price: 1299, quantity: 2 },
      b: { name: 'Dish b', price: 349 },
    });
  });
});
