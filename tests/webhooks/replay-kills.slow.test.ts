import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { startProgram } from '../harness/process.js';
import { smsfood } from '../harness/run.js';
import { failed, refunded, succeeded, type WorkWorld, workWorld } from './work-world.js';

let world: WorkWorld;
// A world for each attempt: CI tries a failed test again.
beforeEach(async () => {
  world = await workWorld();
});
afterEach(() => world.drop());

const ORDERS = 300;
const KILLS = 12;

it('a replay that is killed again and again, beside workers, skips nothing and does nothing twice', async () => {
  await world.query(`SELECT make('customers', jsonb_build_object('id', 'c' || n)) FROM generate_series(0, 6) n`);
  await world.query(
    `SELECT make('orders', jsonb_build_object('id', 'o' || n, 'status', 'PENDING', 'paymentId', null, 'customerId', 'c' || n % 7)) FROM generate_series(1, ${ORDERS}) n`,
  );
  const events = Array.from({ length: ORDERS }, (_, n) => {
    const [order, payment] = [`o${n + 1}`, { id: `pi_${n}` }];
    return [failed(order, payment), succeeded(order, payment), ...(n % 5 === 0 ? [refunded(order, payment)] : [])];
  }).flat();
  await world.deliver(...events);
  await world.query(`UPDATE ops.webhook_inbox SET status = 'dead', dead_reason = 'attempts'`);
  const env = { DATABASE_URL: world.url };
  const workers = startProgram(['webhooks', 'work'], { env });
  onTestFinished(() => void workers.child.kill('SIGKILL'));
  await expect.poll(() => world.rows('SELECT id FROM ops.runs'), { timeout: 10_000 }).toHaveLength(1);

  const ended = async () => Number((await world.row('SELECT count(*)::int AS n FROM ops.webhook_attempts')).n);
  let argv = ['--status', 'dead'];
  for (let kill = 0; kill < KILLS; kill++) {
    const before = await ended();
    const child = startProgram(['webhooks', 'replay', ...argv, '--apply', '--rate', '300'], { env });
    await expect.poll(ended, { timeout: 30_000, interval: 20 }).toBeGreaterThan(before + 15);
    child.child.kill('SIGKILL');
    await child.ended;
    const { id } = await world.row('SELECT id::text AS id FROM ops.webhook_replays');
    argv = ['--resume', id];
    // The server sees that the connection, and with it the lock, is gone.
    await expect
      .poll(async () => (await smsfood(['runs', 'list', '--limit', '1', '--format', 'json'], { env })).stdout, {
        timeout: 10_000,
      })
      .toMatch(/"status": "killed"/);
  }
  const last = await smsfood(['webhooks', 'replay', ...argv, '--apply', '--rate', '2000'], { env });
  expect(last).toMatchObject({ code: 0, stderr: '' });
  workers.child.kill('SIGTERM');
  expect((await workers.ended).code).toBe(143);

  expect(await world.rows('SELECT status, count(*)::int AS n FROM ops.webhook_inbox GROUP BY 1')).toEqual([
    { status: 'processed', n: events.length },
  ]);
  expect(await world.rows('SELECT count(*)::int AS n FROM ops.webhook_replay_events WHERE result IS NULL')).toEqual([
    { n: 0 },
  ]);
  expect(await world.rows(`SELECT status::text, count(*)::int AS n FROM orders GROUP BY 1 ORDER BY 1`)).toEqual([
    { status: 'CANCELLED', n: ORDERS / 5 },
    { status: 'PAID', n: (ORDERS * 4) / 5 },
  ]);
  // Each order was paid once, and one of five refunded once; no event was worked on twice to its end.
  expect(await world.row(`SELECT count(*)::int AS n FROM ops.change_log WHERE table_name = 'orders'`)).toEqual({
    n: ORDERS + ORDERS / 5,
  });
  expect(
    await world.rows(
      `SELECT event_id FROM ops.webhook_attempts WHERE result = 'processed' GROUP BY 1 HAVING count(*) > 1`,
    ),
  ).toEqual([]);
  expect(
    await world.rows(
      `SELECT c.id FROM customers c LEFT JOIN orders o ON o."customerId" = c.id AND o.status = 'PAID' WHERE c.id ~ '^c\\d$'
       GROUP BY c.id HAVING c."totalOrders" <> count(o.id) OR c."totalSpent" <> coalesce(sum(o."totalAmount"), 0)`,
    ),
  ).toEqual([]);
});
