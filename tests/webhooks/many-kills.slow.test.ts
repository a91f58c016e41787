import { afterEach, beforeEach, expect, it } from 'vitest';
import { surviveKills } from './kills.js';
import { type WorkWorld, workWorld } from './work-world.js';

let world: WorkWorld;
// A world for each attempt: CI tries a failed test again.
beforeEach(async () => {
  world = await workWorld();
});
afterEach(() => world.drop());

it('20 SIGKILLs under load: nothing is lost, and nothing is done twice', async () => {
  await surviveKills(world, { kills: 20, stories: 500 });
  const { killed } = await world.row(`SELECT count(*)::int AS killed FROM ops.runs WHERE status = 'running'`);
  // A few may have been killed before they had begun.
  expect(killed).toBeGreaterThan(15);
});
