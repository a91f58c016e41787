import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { platformMigrations } from '../../src/db/migrations.js';
import { startProgram } from '../harness/process.js';
import { smsfood } from '../harness/run.js';
import { type Cluster, startCluster } from './cluster.js';
import { insertEvent, succeeded } from './work-world.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  for (const { sql } of platformMigrations('production')) await cluster.query(sql);
  await cluster.query(readFileSync(new URL('../checks/fixture-functions.sql', import.meta.url), 'utf8'));
  await cluster.query(`SELECT make('orders'), make('customers', '{"id": "c1"}')`);
}, 120_000);
afterAll(() => cluster.remove());

const EVENTS = 30;
beforeEach(async () => {
  await cluster.start();
  await cluster.query('TRUNCATE ops.webhook_inbox, ops.runs CASCADE');
  await cluster.query(`DELETE FROM orders; UPDATE customers SET "totalOrders" = 0, "totalSpent" = 0`);
  await cluster.query(
    `INSERT INTO orders (id, "customerId", "menuId", items, "totalAmount", "updatedAt")
     SELECT 'o' || n, 'c1', 'spared-menu', '[]', 100, now() FROM generate_series(1, $1::int) n`,
    [EVENTS],
  );
  for (let n = 1; n <= EVENTS; n++) {
    await insertEvent((sql, values) => cluster.query(sql, values), succeeded(`o${n}`, { id: `pi_${n}` }));
  }
});

/** A worker that is in the midst of the fifth event, whose order another transaction holds. */
async function startStuckWorker() {
  const other = new pg.Client({ connectionString: cluster.url });
  other.on('error', () => undefined);
  await other.connect();
  await other.query(`BEGIN; SELECT FROM orders WHERE id = 'o5' FOR UPDATE`);
  const program = startProgram(['webhooks', 'work', '--workers', '1'], { env: { DATABASE_URL: cluster.url } });
  onTestFinished(() => void program.child.kill('SIGKILL'));
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'smsfood/webhooks%'`;
  await expect.poll(async () => (await cluster.query(waiting)).length, { timeout: 15_000, interval: 10 }).toBe(1);
  return program;
}

const count = async (where: string) =>
  Number((await cluster.query(`SELECT count(*) AS n FROM ops.webhook_inbox WHERE ${where}`))[0]?.n);

describe('workers whose database goes away', { timeout: 90_000 }, () => {
  it('wait for it, count no attempt, and go on when it is back', async () => {
    const program = await startStuckWorker();
    await cluster.stop();
    await cluster.start();
    await expect.poll(() => count(`status <> 'processed'`), { timeout: 30_000 }).toBe(0);
    expect(await count('attempts <> 1')).toBe(0);
    expect(await cluster.query('SELECT event_id FROM ops.webhook_attempts GROUP BY 1 HAVING count(*) <> 1')).toEqual(
      [],
    );
    expect(await cluster.query('SELECT "totalOrders" AS n FROM customers WHERE id = $1', ['c1'])).toEqual([
      { n: EVENTS },
    ]);
    expect(await cluster.query('SELECT count(*)::int AS n FROM ops.change_log')).toEqual([{ n: EVENTS * 2 }]);
    // It lives, and says so: its sign of life went away with the database, and is there again.
    const status = async () => {
      const { stdout } = await smsfood(['runs', 'list', '--format', 'json'], { env: { DATABASE_URL: cluster.url } });
      return JSON.parse(stdout).runs[0].status;
    };
    await expect.poll(status, { timeout: 15_000, interval: 500 }).toBe('running');
    program.child.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    expect(code).toBe(143);
    expect(stderr).toContain('webhooks cannot be worked on for now');
    expect(await status()).toBe('interrupted');
  });

  it('stop while it is away', async () => {
    const program = await startStuckWorker();
    await cluster.stop();
    const told = performance.now();
    program.child.kill('SIGTERM');
    expect((await program.ended).code).toBe(143);
    expect(performance.now() - told).toBeLessThan(10_000);
  });
});
