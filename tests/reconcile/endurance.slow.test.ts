import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { killAndFinish } from './kills.js';
import { type ReconcileWorld, reconcileWorld } from './world.js';
import { seedDrift, startWriters, wrongCustomers } from './writers.js';

let world: ReconcileWorld;
beforeAll(async () => {
  world = await reconcileWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.clear());

it('a minute of four writers: no error for them, and every total exact one run after they stop', async () => {
  await seedDrift(world, 200);
  const { stop } = await startWriters(world, 200);
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    const { code, stderr } = await world.reconcile('--apply', '--force', ...(Math.random() < 0.5 ? ['--full'] : []));
    expect([code < 2, stderr]).toEqual([true, '']);
  }
  const { transactions, errors } = await stop();
  expect(errors).toEqual([]);
  expect(transactions).toBeGreaterThan(1_000);
  expect(await world.document('--apply', '--full', '--force')).toMatchObject({ exitCode: 0 });
  expect(await wrongCustomers(world)).toEqual([]);
});

it('killed at 20 random moments and run again: exact, one ledger row a customer, and all of it can be undone', async () => {
  // Two transactions, so that a kill can come between them.
  await seedDrift(world, 12_000);
  const whole = await killAndFinish(world, 600_000);
  const changed: number[] = [];
  for (let kill = 0; kill < 20; kill++) {
    const { changed: before } = await killAndFinish(world, Math.random() * whole.ms);
    changed.push(before);
  }
  // Some came before the first change, and some later.
  expect(Math.min(...changed)).toBe(0);
  expect(Math.max(...changed)).toBeGreaterThan(0);
});
