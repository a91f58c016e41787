import { describe, expect, it } from 'vitest';
import { CANNOT_COINCIDE, chosenDamage } from '../../../../src/sandbox/seed/damage/index.js';

describe('chosenDamage', () => {
  it('is nothing, the realistic part, or all', () => {
    const ids = (damage: 'none' | 'realistic' | 'every', stoppedMessages = false) =>
      chosenDamage({ damage, stoppedMessages }).map(({ id }) => id);
    expect(ids('none')).toEqual([]);
    expect(ids('every')).toEqual(expect.arrayContaining(ids('realistic')));
    expect(new Set(ids('every')).size).toBe(ids('every').length);
    const [failing, fresh] = CANNOT_COINCIDE;
    expect(ids('every')).toContain(failing);
    expect(ids('every')).not.toContain(fresh);
    expect(ids('every', true)).toContain(fresh);
    expect(ids('every', true)).not.toContain(failing);
  });
});
