import { expect } from 'vitest';
import { startProgram } from '../harness/process.js';
import { smsfood } from '../harness/run.js';
import type { ReconcileWorld } from './world.js';
import { wrongCustomers } from './writers.js';

const totals = (world: ReconcileWorld) =>
  world.rows('SELECT id, "totalOrders", "totalSpent", "lastOrderAt" FROM customers ORDER BY id');

/**
 * Kills an apply after a time, runs it again, and undoes both: the totals must become exact, with one ledger row a
 * changed customer, and come back as they were. Returns for how long it ran, and how many customers it had changed.
 */
export async function killAndFinish(world: ReconcileWorld, afterMs: number): Promise<{ ms: number; changed: number }> {
  const before = await totals(world);
  const wrong = await wrongCustomers(world);
  const startedAt = performance.now();
  const { child, ended } = startProgram(['reconcile', '--apply', '--force'], { env: { DATABASE_URL: world.url } });
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  await ended;
  clearTimeout(timer);
  const ms = performance.now() - startedAt;
  const counted = async () =>
    (
      await world.rows<{ rows: number; customers: number }>(
        `SELECT count(*)::int AS rows, count(DISTINCT row_id)::int AS customers FROM ops.change_log WHERE undone_by IS NULL`,
      )
    )[0];
  const killed = await counted();
  // The server may take a second to notice that its client is gone, and to give back the lock.
  const again = () => smsfood(['reconcile', '--apply', '--force'], { env: { DATABASE_URL: world.url } });
  await expect.poll(async () => (await again()).code, { timeout: 20_000 }).toBe(0);
  expect(await wrongCustomers(world)).toEqual([]);
  expect(await counted()).toEqual({ rows: wrong.length, customers: wrong.length });
  const runs = await world.rows<{ id: string }>(
    `SELECT r.id::text AS id FROM ops.runs r WHERE EXISTS (SELECT FROM ops.change_log l WHERE l.run_id = r.id AND l.undone_by IS NULL)
     ORDER BY r.started_at DESC`,
  );
  for (const { id } of runs) {
    const undone = await smsfood(['undo', id, '--apply'], { env: { DATABASE_URL: world.url } });
    expect([undone.code, undone.stderr]).toEqual([0, '']);
  }
  expect(await totals(world)).toEqual(before);
  await world.rows('TRUNCATE ops.change_log, ops.runs, ops.watermarks CASCADE');
  return { ms, changed: killed?.customers ?? 0 };
}
