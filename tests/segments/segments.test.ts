import { expect, it } from 'vitest';
import { SEGMENTS, segmentCells } from '../../src/segments/segments.js';

/** The 25 cells as the definitions give them: by recency, and in it by frequency from 1 to 5. */
const EXPECTED: Readonly<Record<number, readonly string[]>> = {
  5: ['new', 'potential loyalist', 'potential loyalist', 'champions', 'champions'],
  4: ['promising', 'potential loyalist', 'potential loyalist', 'loyal', 'loyal'],
  3: ['about to sleep', 'about to sleep', 'need attention', 'loyal', 'loyal'],
  2: ['hibernating', 'hibernating', 'at risk', 'at risk', 'cannot lose'],
  1: ['lost', 'lost', 'at risk', 'at risk', 'cannot lose'],
};

const CATEGORIES: Readonly<Record<string, string>> = {
  champions: 'VIP',
  loyal: 'VIP',
  new: 'New',
  promising: 'New',
  'at risk': 'At-Risk',
  'cannot lose': 'At-Risk',
  hibernating: 'Lost',
  lost: 'Lost',
};

it('each of the 25 cells is in exactly one segment, with its category', () => {
  const { cells, segments, categories } = segmentCells();
  expect(cells.map((cell, index) => [cell, segments[index]])).toEqual(
    Object.entries(EXPECTED).flatMap(([r, row]) => row.map((segment, f) => [`${r}${f + 1}`, segment])),
  );
  expect(categories).toEqual(segments.map((segment) => CATEGORIES[segment] ?? 'Regular'));
  for (const cell of cells) {
    expect(SEGMENTS.filter(({ cells: pattern }) => new RegExp(`^${pattern}$`).test(cell))).toHaveLength(1);
  }
});
