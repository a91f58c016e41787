import { afterAll, beforeAll, expect, it } from 'vitest';
import { surviveKills } from '../webhooks/kills.js';
import { type WorkWorld, workWorld } from '../webhooks/work-world.js';

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());

it('20 SIGKILLs under load: nothing is lost, and nothing is done twice', async () => {
  await surviveKills(world, { kills: 20, stories: 500 });
  const { killed } = await world.row(`SELECT count(*)::int AS killed FROM ops.runs WHERE status = 'running'`);
  expect(killed).toBe(20);
});
