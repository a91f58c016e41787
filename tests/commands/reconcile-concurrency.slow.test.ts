import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { killAndFinish } from '../reconcile/kills.js';
import { type ReconcileWorld, reconcileWorld } from '../reconcile/world.js';
import { seedDrift, startWriters, wrongCustomers } from '../reconcile/writers.js';

// The same for longer, and more often, is in tests/reconcile/endurance.slow.test.ts.

let world: ReconcileWorld;
beforeAll(async () => {
  world = await reconcileWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.clear());

it('while four writers add and cancel orders: no error for them, and every total exact one run after they stop', async () => {
  await seedDrift(world, 50);
  const { stop } = await startWriters(world, 50);
  let runs = 0;
  for (const until = Date.now() + 3_000; Date.now() < until; runs++) {
    const { code, stderr } = await world.reconcile('--apply', '--full', '--force');
    expect([code < 2, stderr]).toEqual([true, '']);
  }
  const { transactions, errors } = await stop();
  expect(errors).toEqual([]);
  expect(runs).toBeGreaterThan(1);
  expect(transactions).toBeGreaterThan(50);
  expect(await world.document('--apply', '--full', '--force')).toMatchObject({ exitCode: 0 });
  expect(await wrongCustomers(world)).toEqual([]);
});

it('killed at any moment and run again: exact, one ledger row a customer, and all of it can be undone', async () => {
  await seedDrift(world, 3_000);
  for (const afterMs of [400, 600, 900]) await killAndFinish(world, afterMs);
});
