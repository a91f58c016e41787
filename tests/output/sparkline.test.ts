import { describe, expect, it } from 'vitest';
import { sparkline } from '../../src/output/sparkline.js';

describe('a sparkline', () => {
  it.each([
    ['from the smallest to the largest', [0, 1, 2, 3, 4, 5, 6, 7], true, '▁▂▃▄▅▆▇█'],
    ['below zero too', [-10, 0, 10], true, '▁▅█'],
    ['level where all are the same', [5, 5, 5], true, '▄▄▄'],
    ['with gaps for what is unknown', [1, null, 2], true, '▁ █'],
    ['in ASCII', [0, 1, 2, 3, 4, 5, 6, 7], false, '_.-~=+*#'],
    ['of nothing', [], true, ''],
    ['of nothing known', [null, null], true, '  '],
  ])('%s', (_what, values, unicode, line) => expect(sparkline(values, unicode)).toBe(line));

  it('is never longer than 60, and then of means', () => {
    const line = sparkline(
      Array.from({ length: 365 }, (_, index) => index),
      true,
    );
    expect(line).toHaveLength(60);
    expect([...line].toSorted().join('')).toBe(line);
  });
});
