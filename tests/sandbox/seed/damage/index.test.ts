import { describe, expect, it } from 'vitest';
import { chosenDamage } from '../../../../src/sandbox/seed/damage/index.js';

describe('chosenDamage', () => {
  it('is nothing, the realistic part, or all', () => {
    const ids = (damage: 'none' | 'realistic' | 'every') => chosenDamage({ damage }).map(({ id }) => id);
    expect(ids('none')).toEqual([]);
    expect(ids('every')).toEqual(expect.arrayContaining(ids('realistic')));
    expect(ids('every').length).toBeGreaterThan(ids('realistic').length);
    expect(new Set(ids('every')).size).toBe(ids('every').length);
  });
});
