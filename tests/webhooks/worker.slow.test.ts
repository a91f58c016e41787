import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { type RunningProgram, startProgram } from '../harness/process.js';
import { smsfood } from '../harness/run.js';
import { smsStatus, stripeEvent, succeeded, text, type WorkWorld, workWorld } from './work-world.js';

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.clear());

const order = (id: string) => world.add('orders', { id, status: 'PENDING', paymentId: null, customerId: 'c1' });
const until = (check: () => Promise<unknown>, timeout = 15_000) =>
  expect.poll(async () => Boolean(await check()), { timeout }).toBe(true);
/** An event on which nothing is to be done. */
const nothing = () => stripeEvent('invoice.paid', { id: 'in_1' });
const statusOf = async (id: number) =>
  (await world.row('SELECT status FROM ops.webhook_inbox WHERE id = $1', [id])).status;

beforeEach(async () => {
  await world.add('customers', { id: 'c1', totalOrders: 0, totalSpent: 0 });
});

/** Another transaction of the platform that holds these orders. */
async function hold(...ids: string[]): Promise<pg.Client> {
  const other = await world.connect();
  onTestFinished(() => other.end());
  await other.query('BEGIN');
  await other.query('SELECT FROM orders WHERE id = ANY ($1::text[]) FOR UPDATE', [ids]);
  return other;
}

/** The built program in a process of its own. */
function worker(args: string[] = [], env: Record<string, string> = {}): RunningProgram {
  const program = startProgram(['webhooks', 'work', '--workers', '1', ...args], {
    env: { DATABASE_URL: world.url, ...env },
  });
  onTestFinished(() => void program.child.kill('SIGKILL'));
  return program;
}

/** When a worker waits for a lock: it is in the midst of an event. */
const isWaiting = async (n = 1) =>
  (
    await world.rows(
      `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND application_name LIKE 'smsfood/webhooks%'`,
      [world.name],
    )
  ).length === n;

describe('an attempt that fails', () => {
  it('is tried again after 5 s, 30 s, 2 m … 24 h, each 20% more or less, and then dead', async () => {
    const delays = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400];
    const ids = [...delays, null].map((_, index) => `o${index}`);
    for (const id of ids) await order(id);
    await world.deliver(...ids.map((id) => succeeded(id)));
    await world.query('UPDATE ops.webhook_inbox SET attempts = id - (SELECT min(id) FROM ops.webhook_inbox)');
    const other = await hold(...ids);
    await world.work({ workers: 12 });
    await other.query('COMMIT');
    const rows = await world.rows(
      `SELECT i.status, i.dead_reason AS dead, i.attempts, a.result, a.number, i.last_error = a.error AS same, a.error,
         extract(epoch FROM next_attempt_at - a.finished_at)::float8 AS delay
       FROM ops.webhook_inbox i JOIN ops.webhook_attempts a ON a.event_id = i.id ORDER BY i.id`,
    );
    expect(rows).toHaveLength(12);
    for (const [index, row] of rows.entries()) {
      const delay = delays[index];
      expect(row).toMatchObject({ attempts: index + 1, number: index + 1, same: true });
      expect(row.error).toBe('canceling statement due to lock timeout (SQLSTATE 55P03).');
      if (delay === undefined) expect(row).toMatchObject({ status: 'dead', dead: 'attempts', result: 'dead' });
      else {
        expect(row).toMatchObject({ status: 'pending', dead: null, result: 'retry' });
        expect(row.delay).toBeGreaterThan(delay * 0.8 - 0.1);
        expect(row.delay).toBeLessThan(delay * 1.2 + 0.1);
      }
    }
    await world.makeDue();
    await world.work({ workers: 8 });
    expect(await world.row(`SELECT count(*)::int AS n FROM orders WHERE status = 'PAID'`)).toEqual({ n: 11 });
  });
});

describe('a process that is killed in the midst of an event', () => {
  it('leaves it to others when its lease ends, one attempt older; and it is done once', async () => {
    await order('o1');
    await order('o2');
    const [first = 0, second = 0] = await world.deliver(succeeded('o1'), succeeded('o2', { id: 'pi_2' }));
    const other = await hold('o1');
    const killed = worker();
    await until(isWaiting);
    killed.child.kill('SIGKILL');
    await killed.ended;
    await other.query('COMMIT');
    await world.deliver(nothing());
    await world.work(); // the lease is not over
    expect((await world.inbox()).map(({ status, attempts }) => [status, attempts])).toEqual([
      ['processing', 1],
      ['processing', 1],
      ['ignored', 1],
    ]);
    await world.makeDue();
    await world.work();
    expect((await world.inbox()).slice(0, 2).map(({ status, attempts, error }) => [status, attempts, error])).toEqual(
      Array(2).fill(['pending', 1, 'The process that worked on it was killed or lost.']),
    );
    await world.makeDue();
    await world.work();
    expect([await statusOf(first), await statusOf(second)]).toEqual(['processed', 'processed']);
    expect(await world.rows(`SELECT number FROM ops.webhook_attempts WHERE result = 'processed'`)).toEqual([
      { number: 2 },
      { number: 2 },
    ]);
    expect(await world.row('SELECT count(*)::int AS n FROM ops.change_log')).toEqual({ n: 4 });
    const { stdout } = await smsfood(['runs', 'list', '--format', 'json'], { env: { DATABASE_URL: world.url } });
    const runs: { status: string; command: string }[] = JSON.parse(stdout).runs;
    expect(runs.map(({ status, command }) => `${command} ${status}`).toSorted()).toEqual([
      ...Array(3).fill('webhooks work interrupted'),
      'webhooks work killed',
    ]);
  });

  it('by the event itself does not stop the others, and ends that one', async () => {
    for (const id of ['poison', 'o1', 'o2', 'o3']) await order(id);
    const [poison = 0, ...rest] = await world.deliver(
      succeeded('poison'),
      ...['o1', 'o2', 'o3'].map((id) => succeeded(id, { id: `pi_${id}` })),
    );
    await world.query('UPDATE ops.webhook_inbox SET attempts = 10 WHERE id = $1', [poison]);
    for (const attempt of [11, 12]) {
      const other = await hold('poison');
      const killed = worker();
      await until(isWaiting);
      expect((await world.row('SELECT attempts FROM ops.webhook_inbox WHERE id = $1', [poison])).attempts).toBe(
        attempt,
      );
      killed.child.kill('SIGKILL');
      await killed.ended;
      await other.query('COMMIT');
      // It was taken alone: what came with it is done, or was never touched by its process.
      expect(
        await world.rows(`SELECT id FROM ops.webhook_inbox WHERE status = 'processing' AND id <> $1`, [poison]),
      ).toEqual([]);
      await world.query(
        `UPDATE ops.webhook_inbox SET lease_until = now() - interval '1 second' WHERE status = 'processing'`,
      );
      await world.work();
      if (attempt === 11)
        await world.query('UPDATE ops.webhook_inbox SET next_attempt_at = now() WHERE id = $1', [poison]);
    }
    expect((await world.inbox())[0]).toMatchObject({ status: 'dead', dead: 'attempts', attempts: 12 });
    for (const id of rest) expect(await statusOf(id)).toBe('processed');
    expect(await world.row(`SELECT status FROM orders WHERE id = 'poison'`)).toEqual({ status: 'PENDING' });
  });
});

describe('a process that is suspended', () => {
  const idles = async () =>
    (
      await world.rows(
        `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND state = 'idle in transaction' AND application_name LIKE 'smsfood/webhooks%'
           AND query NOT LIKE '%pg_try_advisory_xact_lock%'`,
        [world.name],
      )
    ).length > 0;
  /** Takes the lease of what the process had, and works on it elsewhere. */
  const takeOver = async () => {
    await world.makeDue();
    await world.work();
    await world.makeDue();
    await world.work();
  };

  it('writes nothing when it wakes after its lease', async () => {
    await world.add('business_customers', { id: 'b1', assignedPhoneNumber: '+14705550199' });
    await world.query(`UPDATE customers SET "phoneNumber" = '+14045550101'`);
    const { today } = await world.row(`SELECT (now() AT TIME ZONE 'America/New_York')::date::text AS today`);
    await world.add('menus', { id: 'm1', date: today });
    await world.add('menu_items', { id: 'i1', menuId: 'm1', price: 500 });
    // An order by SMS, which would be made twice; its worker is stopped where it waits to read the menu.
    await world.deliver(text('1'));
    const other = await world.connect();
    await other.query('BEGIN; LOCK TABLE menu_items IN ACCESS EXCLUSIVE MODE');
    const suspended = worker();
    await until(isWaiting);
    suspended.child.kill('SIGSTOP');
    await other.query('COMMIT'); // its statement ends, and nobody reads the answer
    await until(idles);
    await takeOver();
    expect(await world.rows('SELECT status FROM orders')).toEqual([{ status: 'PENDING' }]);
    const before = await world.inbox();
    expect(before[0]).toMatchObject({ status: 'processed', attempts: 2 });
    suspended.child.kill('SIGCONT');
    await until(async () => !(await idles()));
    suspended.child.kill('SIGTERM');
    const { code, stderr } = await suspended.ended;
    expect(code).toBe(143);
    expect(stderr).toContain('"result":"lost"');
    expect(await world.inbox()).toEqual(before);
    expect(await world.row('SELECT count(*)::int AS n FROM orders')).toEqual({ n: 1 });
    expect(await world.row('SELECT count(*)::int AS n FROM sms_logs')).toEqual({ n: 1 });
    expect(await world.rows('SELECT number FROM ops.webhook_attempts')).toEqual([{ number: 2 }]);
  });

  it('loses its locks, so that others need not wait for it', async () => {
    await order('o1');
    await world.deliver(succeeded('o1'));
    const other = await world.connect();
    await other.query(`BEGIN; SELECT FROM customers WHERE id = 'c1' FOR UPDATE`);
    const config = join(temporaryFolder({ 'c.json': '{"database": {"idleInTransactionTimeout": "1s"}}' }), 'c.json');
    const suspended = worker(['--config', config]);
    await until(isWaiting); // it has the order, and waits for the customer
    suspended.child.kill('SIGSTOP');
    await other.query('COMMIT');
    await until(idles);
    await until(async () => !(await idles()));
    await takeOver();
    suspended.child.kill('SIGCONT');
    await sleep(200);
    suspended.child.kill('SIGTERM');
    expect((await suspended.ended).code).toBe(143);
    expect((await world.inbox())[0]).toMatchObject({ status: 'processed', attempts: 2 });
    expect(await world.row('SELECT "totalOrders" AS n FROM customers')).toEqual({ n: 1 });
    expect(await world.row('SELECT count(*)::int AS n FROM ops.change_log')).toEqual({ n: 2 });
  });
});

describe('events that share a transaction', () => {
  const transactions = async () =>
    (await world.row('SELECT count(DISTINCT xmin::text)::int AS n FROM ops.webhook_attempts')).n;

  it('are ten at most, in their order, and each has its own attempt and ledger', async () => {
    for (let n = 0; n < 12; n++) await order(`o${n}`);
    await world.deliver(...Array.from({ length: 12 }, (_, n) => succeeded(`o${n}`, { id: `pi_${n}` })));
    await world.work({ workers: 1 });
    expect((await world.inbox()).map(({ status, attempts }) => [status, attempts])).toEqual(
      Array(12).fill(['processed', 1]),
    );
    expect(await transactions()).toBe(2);
    expect(
      await world.rows(
        `SELECT (event_id - min(event_id) OVER ())::int AS event, table_name AS table FROM ops.change_log ORDER BY id`,
      ),
    ).toEqual(
      Array.from({ length: 12 }, (_, event) => [
        { event, table: 'orders' },
        { event, table: 'customers' },
      ]).flat(),
    );
    expect(await world.row('SELECT "totalOrders" AS n FROM customers')).toEqual({ n: 12 });
  });

  it('are tried alone where one of them fails, each once', async () => {
    for (let n = 0; n < 5; n++) await order(`o${n}`);
    await world.deliver(
      ...[0, 1].map((n) => succeeded(`o${n}`, { id: `pi_${n}` })),
      stripeEvent('payment_intent.succeeded', { id: 'pi_x', metadata: { orderId: 17 } }),
      ...[2, 3, 4].map((n) => succeeded(`o${n}`, { id: `pi_${n}` })),
    );
    await world.work({ workers: 1 });
    const done = ['processed', 1, null];
    expect((await world.inbox()).map(({ status, attempts, dead }) => [status, attempts, dead])).toEqual([
      done,
      done,
      ['dead', 1, 'invalid'],
      done,
      done,
      done,
    ]);
    expect(await transactions()).toBe(6);
    expect(await world.row('SELECT "totalOrders" AS n FROM customers')).toEqual({ n: 5 });
    expect(await world.row('SELECT count(*)::int AS n FROM ops.webhook_attempts')).toEqual({ n: 6 });
  });

  it('see each other, so that the later of two counts whatever their order', async () => {
    await world.add('business_customers', {
      id: 'b1',
      stripeConnectAccountId: 'acct_1',
      stripeChargesEnabled: false,
    });
    const account = (flag: boolean, at: number) =>
      stripeEvent(
        'account.updated',
        { id: 'acct_1', charges_enabled: flag, payouts_enabled: flag, details_submitted: flag },
        at,
      );
    await world.deliver(account(true, 1_790_000_100), account(false, 1_790_000_000));
    await world.work({ workers: 1 });
    expect(await transactions()).toBe(1);
    expect((await world.inbox()).map(({ outcome }) => outcome)).toEqual([
      'The business has the flags of its account: charges on, payouts on, details submitted.',
      'A later state of the account is in already: nothing was changed.',
    ]);
  });

  it('do not wait long for a row of somebody else, nor two workers for each other', async () => {
    await world.add('customers', { id: 'c2', totalOrders: 0, totalSpent: 0 });
    for (let n = 0; n < 40; n++)
      await world.add('orders', { id: `o${n}`, status: 'PENDING', paymentId: null, customerId: n % 2 ? 'c1' : 'c2' });
    await world.deliver(...Array.from({ length: 40 }, (_, n) => succeeded(`o${n}`, { id: `pi_${n}` })));
    await Promise.all([world.work({ workers: 4 }), world.work({ workers: 4 })]);
    expect((await world.inbox()).map(({ status, attempts }) => [status, attempts])).toEqual(
      Array(40).fill(['processed', 1]),
    );
    expect(await world.rows('SELECT "totalOrders" AS n FROM customers')).toEqual([{ n: 20 }, { n: 20 }]);
  });
});

describe('a process that is told to stop', () => {
  it('finishes what is under way, gives back the rest, and is recorded', async () => {
    for (let n = 0; n < 30; n++) await order(`o${n}`);
    await world.deliver(...Array.from({ length: 30 }, (_, n) => succeeded(`o${n}`, { id: `pi_${n}` })));
    const other = await hold('o3');
    const program = worker();
    // Together they did not come past it: each is tried alone by now.
    await until(async () => (await world.inbox()).filter(({ status }) => status === 'processed').length === 3);
    await until(isWaiting);
    const told = performance.now();
    program.child.kill('SIGTERM');
    await sleep(100);
    await other.query('COMMIT');
    const { code, stderr } = await program.ended;
    expect(performance.now() - told).toBeLessThan(10_000);
    expect({ code, stderr: stderr.trim().split('\n').at(-1) }).toEqual({
      code: 143,
      stderr: 'error: Terminated; nothing was left half done. [TERMINATED]',
    });
    const inbox = await world.inbox();
    expect(inbox.slice(0, 4).map(({ status }) => status)).toEqual(Array(4).fill('processed'));
    expect(inbox.slice(4).map(({ status, attempts }) => [status, attempts])).toEqual(Array(26).fill(['pending', 0]));
    expect(await world.rows('SELECT command, status, exit_code, arguments, summary FROM ops.runs')).toEqual([
      {
        command: 'webhooks work',
        status: 'interrupted',
        exit_code: 143,
        arguments: { workers: 1 },
        summary: { processed: 4, ignored: 0, waiting: 0, retry: 0, dead: 0, lost: 0 },
      },
    ]);
  });

  it('cuts off what does not end, which counts no attempt', async () => {
    await order('o1');
    const [id = 0] = await world.deliver(smsStatus('SM1', 'delivered'));
    const other = await world.connect();
    await other.query('BEGIN; LOCK TABLE sms_logs IN ACCESS EXCLUSIVE MODE');
    const config = { DATABASE_URL: world.url };
    const program = startProgram(['webhooks', 'work'], { env: config });
    onTestFinished(() => void program.child.kill('SIGKILL'));
    await until(isWaiting);
    program.child.kill('SIGTERM');
    const told = performance.now();
    await program.ended;
    expect(performance.now() - told).toBeLessThan(10_000);
    await other.query('COMMIT');
    expect(await world.row('SELECT status FROM ops.webhook_inbox WHERE id = $1', [id])).toEqual({ status: 'pending' });
  });
});

describe('workers', () => {
  const isListening = async () =>
    (await world.rows(`SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'LISTEN%'`, [world.name]))
      .length === 1;

  it('are woken by a notification', async () => {
    const program = worker();
    await until(isListening);
    const begun = performance.now();
    for (let n = 0; n < 10; n++) {
      const [id = 0] = await world.deliver(nothing());
      await world.query('NOTIFY smsfood_webhooks');
      await expect.poll(() => statusOf(id), { interval: 10, timeout: 5_000 }).toBe('ignored');
    }
    // By looking for themselves once a second they would take 5 s.
    expect(performance.now() - begun).toBeLessThan(3_000);
    program.child.kill('SIGTERM');
    await program.ended;
  });

  it('try again what failed, however often they are woken', async () => {
    const [id = 0] = await world.deliver(nothing());
    await world.query(`UPDATE ops.webhook_inbox SET attempts = 1, next_attempt_at = now() + interval '1 hour'`);
    const program = worker();
    await until(isListening);
    const ringing = setInterval(() => void world.query('NOTIFY smsfood_webhooks'), 50);
    try {
      await world.query('UPDATE ops.webhook_inbox SET next_attempt_at = now()');
      await expect.poll(() => statusOf(id), { timeout: 10_000 }).toBe('ignored');
    } finally {
      clearInterval(ringing);
    }
    program.child.kill('SIGTERM');
    await program.ended;
  });

  it('share the work of one inbox: each event is done by one of them', async () => {
    for (let n = 0; n < 120; n++) await order(`o${n}`);
    await world.deliver(...Array.from({ length: 120 }, (_, n) => succeeded(`o${n}`, { id: `pi_${n}` })));
    const programs = [worker(['--workers', '2']), worker(['--workers', '2'])];
    await until(
      async () => (await world.rows(`SELECT 1 FROM ops.webhook_inbox WHERE status <> 'processed'`)).length === 0,
    );
    for (const { child } of programs) child.kill('SIGINT');
    for (const { ended } of programs) expect((await ended).code).toBe(130);
    expect(await world.row('SELECT "totalOrders" AS n FROM customers')).toEqual({ n: 120 });
    expect(
      await world.rows(`SELECT row_id FROM ops.change_log WHERE table_name = 'orders' GROUP BY 1 HAVING count(*) <> 1`),
    ).toEqual([]);
    expect(await world.rows('SELECT event_id FROM ops.webhook_attempts GROUP BY 1 HAVING count(*) <> 1')).toEqual([]);
    expect((await world.rows('SELECT run_id FROM ops.webhook_attempts GROUP BY 1')).length).toBe(2);
  });

  it.each([['0'], ['17'], ['many'], ['1.5']])('refuse --workers %s', async (n) => {
    const { code, stderr } = await smsfood(['webhooks', 'work', '--workers', n], { env: { DATABASE_URL: world.url } });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--workers') });
  });

  it('say what is missing: a database, the schema ops, the right to write', async () => {
    expect((await smsfood(['webhooks', 'work'])).stderr).toContain('[NO_DATABASE]');
    await world.query(
      `DO $$ BEGIN CREATE ROLE webhooks_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA public, ops TO webhooks_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public, ops TO webhooks_reader;
       GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA ops TO webhooks_reader; GRANT UPDATE ON orders, customers TO webhooks_reader`,
    );
    const reader = { DATABASE_URL: world.urlFor('webhooks_reader', 'secret') };
    expect(await smsfood(['webhooks', 'work'], { env: reader })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(
        'this role may not update business_customers, update sms_logs, insert into orders',
      ),
    });
    await world.query('DROP OWNED BY webhooks_reader');
    await world.query('ALTER SCHEMA ops RENAME TO elsewhere');
    try {
      const absent = await smsfood(['webhooks', 'work'], { env: { DATABASE_URL: world.url } });
      expect(absent).toMatchObject({ code: 3, stderr: expect.stringContaining('smsfood db install') });
    } finally {
      await world.query('ALTER SCHEMA elsewhere RENAME TO ops');
    }
  });
});
