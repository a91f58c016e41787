import { describe, expect, it } from 'vitest';
import { between, choose, stream } from '../../../src/sandbox/seed/random.js';
import { providerIds, rowIds } from '../../../src/sandbox/seed/row-ids.js';

const at = Date.UTC(2026, 2, 18, 18, 20);

describe('stream', () => {
  it('gives the same numbers for the same seed and name, whatever else was drawn before', () => {
    const first = stream(1, 'orders');
    const again = stream(1, 'orders');
    for (let i = 1000; i < 1100; i++) again(i, 3);
    expect(Array.from({ length: 50 }, (_, i) => again(i, 2))).toEqual(
      Array.from({ length: 50 }, (_, i) => first(i, 2)),
    );
  });

  it('pins the numbers: a change here changes every seeded marketplace', () => {
    const draw = stream(1, 'orders');
    expect([draw(0), draw(1), draw(1, 1)].map((x) => x.toFixed(6))).toMatchInlineSnapshot(`
      [
        "0.005416",
        "0.593124",
        "0.673666",
      ]
    `);
  });

  it.each([
    ['seed', stream(1, 'orders'), stream(2, 'orders')],
    ['name', stream(1, 'orders'), stream(1, 'menus')],
  ])('differs by %s', (_, a, b) => {
    expect(Array.from({ length: 20 }, (_, i) => a(i))).not.toEqual(Array.from({ length: 20 }, (_, i) => b(i)));
  });

  it('is uniform over indexes and over lanes', () => {
    const draw = stream(7, 'uniform');
    for (const numbers of [
      Array.from({ length: 20_000 }, (_, i) => draw(i)),
      Array.from({ length: 20_000 }, (_, i) => draw(5, i)),
    ]) {
      const tenths = new Array<number>(10).fill(0);
      for (const x of numbers) tenths[Math.floor(x * 10)] = (tenths[Math.floor(x * 10)] ?? 0) + 1;
      for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(200);
    }
  });
});

describe('choose and between', () => {
  it('reach both ends and nothing outside', () => {
    expect([choose(['a', 'b', 'c'], 0), choose(['a', 'b', 'c'], 0.9999999)]).toEqual(['a', 'c']);
    expect([between(3, 5, 0), between(3, 5, 0.9999999)]).toEqual([3, 5]);
    expect(() => choose([], 0)).toThrow(RangeError);
  });
});

describe('rowIds', () => {
  it('have the shape of a cuid, differ, and sort by time', () => {
    const id = rowIds(1, 'orders');
    const ids = Array.from({ length: 5000 }, (_, i) => id(at + i * 1000, i));
    for (const one of ids) expect(one).toMatch(/^c[0-9a-z]{24}$/);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    expect(id(at, 1)).not.toBe(rowIds(1, 'customers')(at, 1));
  });
});

describe('providerIds', () => {
  it('are the prefix and 32 hexadecimal digits', () => {
    const sid = providerIds(1, 'SM');
    expect(sid(255)).toMatch(/^SM[0-9a-f]{24}000000ff$/);
    expect(sid(70_000)).toMatch(/^SM[0-9a-f]{24}00011170$/);
  });
});
