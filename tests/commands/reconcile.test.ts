import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { type ReconcileWorld, reconcileWorld } from '../reconcile/world.js';

let world: ReconcileWorld;
beforeAll(async () => {
  world = await reconcileWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.clear());

const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();
const ledger = () =>
  world.rows<{ row_id: string; reason: string }>(
    'SELECT row_id, reason FROM ops.change_log ORDER BY row_id COLLATE "C"',
  );
const configFile = (config: object) => `${temporaryFolder({ 'c.json': JSON.stringify(config) })}/c.json`;
const codeOf = (stderr: string) => /\[(\w+)\]\n/.exec(stderr)?.[1];

describe('a customer', () => {
  it.each([
    ['counted twice', { totalOrders: 4, totalSpent: 6000 }, [{ cents: 1000 }, { cents: 2000 }], 'too high', 2, 3000],
    [
      'counted twice',
      { totalOrders: 3, totalSpent: 5000 },
      [{ cents: 1000 }, { cents: 2000, isBySms: true }],
      'too high',
      1,
      2000,
    ],
    [
      'counted while unpaid',
      { totalOrders: 2, totalSpent: 3000 },
      [{ cents: 1000 }, { cents: 2000, status: 'PENDING' }],
      'too high',
      1,
      2000,
    ],
    [
      'counted while unpaid',
      { totalOrders: 2, totalSpent: 3000 },
      [{ cents: 1000 }, { cents: 2000, status: 'CONFIRMED', isBySms: true }, { cents: 7, status: 'PENDING' }],
      'too high',
      1,
      2000,
    ],
    [
      'cancelled after counting',
      { totalOrders: 2, totalSpent: 3000 },
      [{ cents: 1000 }, { cents: 2000, status: 'CANCELLED' }],
      'too high',
      1,
      2000,
    ],
    [
      'counted twice, cancelled after counting',
      { totalOrders: 3, totalSpent: 4000 },
      [
        { cents: 1000, isBySms: true },
        { cents: 2000, status: 'CANCELLED', isBySms: true },
      ],
      'too high',
      2,
      3000,
    ],
    ['missed', { totalOrders: 1, totalSpent: 1000 }, [{ cents: 1000 }, { cents: 2000 }], 'too low', -1, -2000],
    ['no known cause', { totalOrders: 1, totalSpent: 1001 }, [{ cents: 1000 }], 'too high', 0, 1],
    ['no known cause', { totalOrders: 5, totalSpent: 0 }, [], 'too high', 5, 0],
    ['only lastOrderAt', { totalOrders: 1, totalSpent: 1000, lastOrderAt: null }, [{ cents: 1000 }], 'even', 0, 0],
  ] as const)('%s: is found, explained and corrected', async (cause, totals, orders, direction, more, cents) => {
    await world.customer('c', { lastOrderAt: ago(1), ...totals });
    for (const order of orders) await world.order({ customer: 'c', ...order });
    const sold = orders.filter((order) => !('status' in order));
    const spent = sold.reduce((sum, order) => sum + order.cents, 0);
    const dry = await world.document();
    expect(dry).toMatchObject({ mode: 'dry-run', drifted: 1, applied: null, exitCode: 1 });
    expect(dry.causes).toEqual([{ cause, direction, isStorable: true, customers: 1, orders: more, cents }]);
    expect(dry.totals).toEqual({
      totalOrders: { before: totals.totalOrders, after: sold.length },
      totalSpent: { before: totals.totalSpent, after: spent },
    });
    expect(await world.totals()).toEqual([`c ${totals.totalOrders} ${totals.totalSpent}`]);
    expect(await world.document('--apply')).toMatchObject({ drifted: 1, applied: 1, exitCode: 0 });
    expect(await world.totals()).toEqual([`c ${sold.length} ${spent}`]);
    expect((await ledger()).map(({ reason }) => reason.split('; ')[0])).toEqual([cause]);
    expect(await world.document('--full')).toMatchObject({ drifted: 0, exitCode: 0 });
  });

  it('whose lastOrderAt is the time of payment, within 24 hours of the order, is right', async () => {
    await world.customer('right', { totalOrders: 1, totalSpent: 100, lastOrderAt: ago(2.01) });
    await world.order({ customer: 'right', cents: 100, age: 3 });
    await world.customer('wrong', { totalOrders: 1, totalSpent: 100, lastOrderAt: ago(1.99) });
    const order = await world.order({ customer: 'wrong', cents: 100, age: 3 });
    await world.customer('twice', { totalOrders: 2, totalSpent: 200, lastOrderAt: ago(2.5) });
    await world.order({ customer: 'twice', cents: 100, age: 3 });
    const before = await world.rows(`SELECT "lastOrderAt" FROM customers WHERE id = 'twice'`);
    const { samples } = await world.document('--apply');
    expect(samples.map(({ id, cause }) => [id, cause])).toEqual([
      ['twice', 'counted twice'],
      ['wrong', 'only lastOrderAt'],
    ]);
    // Where the totals alone were wrong, lastOrderAt stays as the platform set it.
    expect(await world.rows(`SELECT "lastOrderAt" FROM customers WHERE id = 'twice'`)).toEqual(before);
    expect(
      await world.rows(
        `SELECT o."createdAt" = c."lastOrderAt" AS same FROM orders o JOIN customers c ON c.id = o."customerId" WHERE o.id = $1`,
        [order],
      ),
    ).toEqual([{ same: true }]);
  });

  it('without orders has no totals and no last order', async () => {
    await world.customer('c', { totalOrders: 3, totalSpent: -5, lastOrderAt: ago(9) });
    await world.order({ customer: 'c', cents: 100, status: 'CANCELLED' });
    await world.document('--apply');
    expect(await world.totals()).toEqual(['c 0 0']);
    expect(await world.rows('SELECT "lastOrderAt" FROM customers')).toEqual([{ lastOrderAt: null }]);
  });

  it('who spent more than the column can hold is reported and left, and the others are corrected', async () => {
    await world.customer('rich', { totalOrders: 7, totalSpent: 8 });
    for (let n = 0; n < 2; n++) await world.order({ customer: 'rich', cents: 2_000_000_000 });
    await world.customer('poor', { totalOrders: 7, totalSpent: 8 });
    const applied = await world.document('--apply');
    expect(applied).toMatchObject({ drifted: 2, applied: 1, left: { busy: 0, unstorable: 1 }, exitCode: 1 });
    expect(applied.totals.totalSpent).toEqual({ before: 16, after: 4_000_000_000 });
    expect(await world.totals()).toEqual(['poor 0 0', 'rich 7 8']);
    expect((await world.reconcile('--full')).stdout).toMatch(/1 customer spent more than totalSpent can hold/);
    // It keeps nobody from going on: the watermark has moved.
    expect(await world.document()).toMatchObject({ scope: { kind: 'since' } });
  });

  it('who is gone is reported with the orders that count for nobody', async () => {
    await world.rows('ALTER TABLE orders DROP CONSTRAINT "orders_customerId_fkey"');
    try {
      await world.customer('c');
      for (const status of ['PAID', 'DELIVERED', 'PENDING'])
        await world.order({ customer: 'ghost', cents: 500, status });
      const document = await world.document('--apply');
      expect(document).toMatchObject({ drifted: 0, orphans: { customers: 1, orders: 2, cents: 1000 }, exitCode: 0 });
      expect((await world.reconcile('--full')).stdout).toContain(
        '2 sold orders ($10.00) of 1 customer that do not exist',
      );
      expect((await world.document()).orphans).toBe(null);
    } finally {
      await world.clear();
      await world.rows(
        `ALTER TABLE orders ADD CONSTRAINT "orders_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES customers (id) ON DELETE RESTRICT ON UPDATE CASCADE`,
      );
    }
  });
});

describe('an incremental run', () => {
  /** A customer with an old, a settled and a recent order, all counted, after a full pass of a day ago. */
  async function reconciled(): Promise<{ old: string; recent: string }> {
    await world.customer('c', { totalOrders: 2, totalSpent: 3000, lastOrderAt: ago(2) });
    await world.customer('other', { totalOrders: 1, totalSpent: 5, lastOrderAt: ago(40) });
    await world.order({ customer: 'other', cents: 5, age: 40 });
    const old = await world.order({ customer: 'c', cents: 1000, age: 40 });
    const recent = await world.order({ customer: 'c', cents: 2000, age: 2 });
    expect(await world.document('--apply')).toMatchObject({
      scope: { kind: 'full', reason: 'never reconciled before' },
    });
    // The first one after a full pass makes the settled totals, which the next ones go by.
    expect((await world.document('--apply')).scope).toMatchObject({ kind: 'since', access: { totals: 'scan' } });
    expect((await world.document('--apply')).scope).toMatchObject({ access: { changed: 'ids', totals: 'settled' } });
    return { old, recent };
  }
  const touch = (id: string, set: string) =>
    world.rows(`UPDATE orders SET ${set}, "updatedAt" = now() AT TIME ZONE 'UTC' WHERE id = $1`, [id]);

  it('looks at whom changed since, and at nobody else', async () => {
    await reconciled();
    expect(await world.document()).toMatchObject({ scanned: 0, drifted: 0 });
    await world.order({ customer: 'c', cents: 7, age: 0 });
    expect(await world.document()).toMatchObject({ scanned: 1, drifted: 1, causes: [{ cause: 'missed', cents: -7 }] });
    expect(await world.document('--apply')).toMatchObject({ scanned: 1, applied: 1 });
    expect(await world.totals()).toEqual(['c 3 3007', 'other 1 5']);
  });

  it('sees a recent order that is cancelled, and totals that somebody edits', async () => {
    const { recent } = await reconciled();
    await touch(recent, `status = 'CANCELLED'`);
    await world.rows(
      `UPDATE customers SET "totalSpent" = 6, "updatedAt" = now() AT TIME ZONE 'UTC' WHERE id = 'other'`,
    );
    expect(await world.document('--apply')).toMatchObject({ scanned: 2, applied: 2 });
    expect(await world.totals()).toEqual(['c 1 1000', 'other 1 5']);
    expect((await ledger()).map(({ reason }) => reason)).toEqual([
      'cancelled after counting; 1 order too much; $20.00 too much; another last order',
      'no known cause; $0.01 too much',
    ]);
  });

  it('sees an old order that changed where its customer did too, and does not undo what was right', async () => {
    const { old } = await reconciled();
    // Refunded after six weeks, and the totals follow: the settled totals are wrong now, and must convict nobody.
    await touch(old, `status = 'CANCELLED'`);
    await world.rows(
      `UPDATE customers SET "totalOrders" = 1, "totalSpent" = 2000, "updatedAt" = now() AT TIME ZONE 'UTC' WHERE id = 'c'`,
    );
    expect(await world.document('--apply')).toMatchObject({ scanned: 1, drifted: 0, applied: 0, exitCode: 0 });
    expect(await world.totals()).toEqual(['c 1 2000', 'other 1 5']);
  });

  it('leaves to a full pass what --help says: an old order that changed without its customer, and a deletion', async () => {
    const { old, recent } = await reconciled();
    await touch(old, `status = 'CANCELLED'`);
    expect(await world.document('--apply')).toMatchObject({ scanned: 0, drifted: 0 });
    expect(await world.document('--apply', '--full')).toMatchObject({ applied: 1 });
    await world.age(1);
    await world.rows('DELETE FROM orders WHERE id = $1', [recent]);
    await world.document('--apply');
    expect(await world.document('--apply')).toMatchObject({ scope: { kind: 'since' }, drifted: 0 });
    expect(await world.document('--apply', '--full')).toMatchObject({ applied: 1 });
    expect(await world.totals()).toEqual(['c 0 0', 'other 1 5']);
  });

  it('finds the same with every way to the orders, and says which it took', async () => {
    const { recent } = await reconciled();
    await touch(recent, `"totalAmount" = 2500`);
    await world.customer('new', { totalOrders: 9 });
    await world.order({ customer: 'new', cents: 100, age: 0 });
    const found = async () => {
      const { scope, scanned, causes, samples } = await world.document('--since', ago(0.5));
      return { access: scope.access, rest: { scanned, causes, samples } };
    };
    await world.rows(`UPDATE customers SET "createdAt" = now() AT TIME ZONE 'UTC' WHERE id = 'new'`);
    const settled = await found();
    expect(settled).toMatchObject({ access: { changed: 'ids', totals: 'settled' }, rest: { scanned: 2 } });
    expect(settled.rest.samples.map(({ id, cause }) => [id, cause])).toEqual([
      ['c', 'missed'],
      ['new', 'no known cause'],
    ]);
    await world.rows('CREATE INDEX by_customer ON orders ("customerId")');
    const byCustomer = await found();
    await world.rows('CREATE INDEX by_update ON orders ("updatedAt")');
    const byBoth = await found();
    await world.rows('DROP INDEX by_customer, by_update; TRUNCATE ops.settled_totals');
    await world.rows(`DELETE FROM ops.watermarks WHERE name = 'settled_totals'`);
    const scanned = await found();
    expect([byCustomer, byBoth, scanned].map(({ access }) => access)).toEqual([
      { changed: 'ids', totals: 'index' },
      { changed: 'index', totals: 'index' },
      { changed: 'ids', totals: 'scan' },
    ]);
    // Ids that tell no time: all orders are read.
    await world.rows(`UPDATE orders SET id = 'a' || md5(id) WHERE id = $1`, [recent]);
    const other = await found();
    expect(other.access).toEqual({ changed: 'scan', totals: 'scan' });
    for (const { rest } of [byCustomer, byBoth, scanned, other]) expect(rest).toEqual(settled.rest);
  });

  it('is a full pass when one is due, or other statuses count as sold', async () => {
    await reconciled();
    await world.rows(`UPDATE ops.watermarks SET full_at = full_at - interval '8 days' WHERE name = 'reconcile'`);
    expect((await world.document()).scope.reason).toBe('the last full pass is more than 7 days ago');
    expect((await world.document('--apply')).scope.kind).toBe('full');
    const fewer = await world.document('--config', configFile({ soldStatuses: ['PAID'] }));
    expect(fewer.scope.reason).toBe('the sold statuses are others than before');
    expect(fewer).toMatchObject({ drifted: 2, causes: [{ cause: 'no known cause' }] });
  });

  it('moves the watermark only when nothing before it was left out', async () => {
    await reconciled();
    const at = async () =>
      (await world.rows<{ at: string }>(`SELECT at::text FROM ops.watermarks WHERE name = 'reconcile'`))[0]?.at;
    const before = await at();
    await world.document();
    await world.document('--customer', 'c', '--apply');
    await world.document('--since', new Date(Date.now() + DAY).toISOString(), '--apply');
    // Within the hour that is kept for transactions that commit late.
    await world.document('--since', ago(0.5 / 24), '--apply');
    expect(await at()).toBe(before);
    await world.document('--since', ago(30), '--apply');
    expect(await at()).not.toBe(before);
  });
});

describe('on a damaged marketplace', () => {
  it.each(['production', 'newer'] as const)(
    'of the %s generation every total becomes exact, and undo brings all back',
    async (generation) => {
      const market = await reconcileWorld(generation);
      try {
        await seedMarketplace(await market.connect(), {
          customers: 500,
          orders: 3000,
          days: 120,
          damage: 'every',
          seed: 3,
          now: new Date(),
          timezone: 'America/New_York',
        });
        const wrong = await market.rows<{ id: string; spent: string }>(
          `SELECT c.id, (c."totalSpent" - coalesce(sum(o."totalAmount"), 0))::text AS spent FROM customers c
         LEFT JOIN orders o ON o."customerId" = c.id AND o.status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')
         GROUP BY c.id
         HAVING c."totalOrders" <> count(o.id) OR c."totalSpent" <> coalesce(sum(o."totalAmount"), 0)
           OR (c."lastOrderAt" IS NULL) <> (max(o."createdAt") IS NULL)
           OR abs(extract(epoch FROM c."lastOrderAt" - max(o."createdAt"))) > 86400`,
        );
        expect(wrong.length).toBeGreaterThan(100);
        const state = () =>
          market.rows('SELECT id, "totalOrders", "totalSpent", "lastOrderAt" FROM customers ORDER BY id');
        const before = await state();
        const dry = await market.document('--sample', '1000');
        expect(dry.samples.map(({ id }) => id).sort()).toEqual(wrong.map(({ id }) => id).sort());
        expect(dry.causes.reduce((sum, { cents }) => sum + cents, 0)).toBe(
          wrong.reduce((sum, { spent }) => sum + Number(spent), 0),
        );
        expect(await state()).toEqual(before);

        const refused = await market.reconcile('--apply');
        expect([refused.code, codeOf(refused.stderr)]).toEqual([3, 'TOO_MANY_CHANGES']);
        expect(await state()).toEqual(before);
        const applied = await market.document('--apply', '--force');
        expect(applied).toMatchObject({ drifted: wrong.length, applied: wrong.length, exitCode: 0 });
        const checks = await smsfood(
          ['check', 'customers.total-orders-drift', 'customers.total-spent-drift', 'customers.last-order-drift'],
          { env: { DATABASE_URL: market.url } },
        );
        expect(checks.stdout).toMatch(/3 checks: 3 pass/);
        const counted = `SELECT count(*)::int AS rows, count(DISTINCT row_id)::int AS customers FROM ops.change_log`;
        expect(await market.rows(counted)).toEqual([{ rows: wrong.length, customers: wrong.length }]);

        for (const args of [[], ['--full'], ['--since', ago(400)]])
          expect(await market.document('--apply', ...args)).toMatchObject({ drifted: 0, applied: 0, exitCode: 0 });
        expect(await market.rows(counted)).toEqual([{ rows: wrong.length, customers: wrong.length }]);
        const undone = await smsfood(['undo', applied.run.id, '--apply'], { env: { DATABASE_URL: market.url } });
        expect(undone.code).toBe(0);
        expect(await state()).toEqual(before);
      } finally {
        await market.drop();
      }
    },
  );
});

describe('what the user sees', () => {
  beforeEach(async () => {
    await world.customer('c', { phoneNumber: '+14045550177', totalOrders: 3, totalSpent: 4550, lastOrderAt: ago(1) });
    await world.order({ customer: 'c', cents: 2275 });
    await world.order({ customer: 'c', cents: 4001, status: 'CANCELLED' });
  });

  it('is a readable account, at 80 columns and in a pipe', async () => {
    const { stdout, stderr } = await world.reconcile('--full');
    expect(stderr).toBe('');
    expect(stdout).toContain('1 customer has wrong totals: 1 too high, by $22.75.');
    expect(stdout).toContain('Nothing was changed. Add --apply to correct them.');
    const terminal = await smsfood(['reconcile', '--full'], {
      env: { DATABASE_URL: world.url, NO_COLOR: '1' },
      terminal: true,
      columns: 80,
    });
    expect(Math.max(...terminal.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect((await world.reconcile('--format', 'csv')).stdout).toMatch(
      /^customer,totalOrders,soldOrders,totalSpent,soldCents,cause\r\nc,3,1,4550,2275,no known cause\r\n$/,
    );
  });

  it('explains one customer: the orders, and every change', async () => {
    const explain = (...args: string[]) => world.reconcile('explain', ...args);
    const wrong = await explain('404-555-0177');
    expect(wrong).toMatchObject({ code: 1, stderr: '' });
    expect(wrong.stdout).toContain('The totals are wrong. Likely cause: no known cause.');
    expect(wrong.stdout).toMatch(/CANCELLED +no +1 +\$40\.01/);
    expect(wrong.stdout).not.toContain('5550177');
    const { run } = await world.document('--customer', '+14045550177', '--apply');
    const right = await explain('c', '--format', 'json');
    expect(right.code).toBe(0);
    expect(JSON.parse(right.stdout)).toMatchObject({
      schema: 'smsfood.reconcile-explain/1',
      customer: 'c',
      stored: { totalOrders: 1, totalSpent: 2275 },
      expected: { totalOrders: 1, totalSpent: 2275 },
      cause: null,
      changes: [
        { run: run.id, before: { totalOrders: 3, totalSpent: 4550 }, after: { totalOrders: 1 }, isUndone: false },
      ],
    });
    expect((await explain('c')).stdout).toMatch(/3 → 1 +4550 → 2275/);
    expect((await world.rows(`SELECT arguments FROM ops.runs`))[0]).toEqual({
      arguments: { scope: 'customer', since: null, maxChanges: null, force: false },
    });
  });

  it.each([
    [['--full', '--since', '2026-03-10T00:00:00Z'], 'USAGE'],
    [['--customer', 'nobody'], 'NOT_FOUND'],
    [['--customer', ' '], 'USAGE'],
    [['explain', '+15005550000'], 'NOT_FOUND'],
    [['explain'], 'USAGE'],
    [['--since', 'yesterday'], 'USAGE'],
    [['--max-changes', '-1', '--apply'], 'USAGE'],
    [['--sample', '1.5'], 'USAGE'],
    [['--format', 'junit'], 'USAGE'],
  ])('refuses %j with exit code 2, and changes nothing', async (args, code) => {
    const outcome = await world.reconcile(...args);
    expect([outcome.code, outcome.stdout, codeOf(outcome.stderr)]).toEqual([2, '', code]);
    expect(await world.totals()).toEqual(['c 3 4550']);
  });

  it('asks which customer is meant where a number is that of several', async () => {
    await world.customer('d', { phoneNumber: '404 555 0177' });
    const { code, stderr } = await world.reconcile('--customer', '4045550177');
    expect([code, codeOf(stderr)]).toEqual([2, 'USAGE']);
    expect(stderr).toContain('Several customers have this phone number: c, d.');
  });
});

describe('what keeps it safe', () => {
  it('needs ops and a role that may write for --apply alone', async () => {
    await world.customer('c', { totalOrders: 3 });
    await world.rows(
      `DO $$ BEGIN CREATE ROLE reconcile_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    await world.rows('GRANT USAGE ON SCHEMA public TO reconcile_reader');
    await world.rows('GRANT SELECT ON ALL TABLES IN SCHEMA public TO reconcile_reader');
    const as = (url: string, ...args: string[]) => smsfood(['reconcile', ...args], { env: { DATABASE_URL: url } });
    const reader = world.urlFor('reconcile_reader', 'secret');
    expect((await as(reader)).code).toBe(1);
    const refused = await as(reader, '--apply');
    expect([refused.code, refused.stdout]).toEqual([3, '']);
    await world.rows('GRANT USAGE ON SCHEMA ops TO reconcile_reader');
    await world.rows('GRANT SELECT ON ALL TABLES IN SCHEMA ops TO reconcile_reader');
    expect((await as(reader)).code).toBe(1);
    const still = await as(reader, '--apply');
    expect([still.code, codeOf(still.stderr)]).toEqual([3, 'DB_PERMISSION']);
    await world.rows('DROP OWNED BY reconcile_reader');

    const bare = await cloneDatabase();
    const dry = await as(bare.url);
    const absent = await as(bare.url, '--apply');
    await bare.drop();
    expect(dry.code).toBe(0);
    expect([absent.code, codeOf(absent.stderr)]).toEqual([3, 'OPS_NOT_INSTALLED']);
    expect(absent.stderr).toContain('smsfood db install');
    expect(await world.totals()).toEqual(['c 3 0']);
  });

  it('leaves a customer whom another transaction holds, says so, and finds it again', async () => {
    await world.customer('held', { totalOrders: 1 });
    await world.customer('free', { totalOrders: 1 });
    const other = await world.connect();
    await other.query('BEGIN');
    await other.query(`UPDATE customers SET name = 'Grace' WHERE id = 'held'`);
    const applied = await world.document('--apply', '--config', configFile({ database: { lockTimeout: '100ms' } }));
    await other.query('COMMIT');
    expect(applied).toMatchObject({ applied: 1, left: { busy: 1 }, watermark: { after: null }, exitCode: 1 });
    expect(await world.document('--apply')).toMatchObject({ scope: { kind: 'full' }, applied: 1, exitCode: 0 });
    expect(await world.totals()).toEqual(['free 0 0', 'held 0 0']);
  });

  it('waits for a transaction that ends soon, and counts what it committed', async () => {
    await world.customer('c', { totalOrders: 9 });
    const other = await world.connect();
    await other.query('BEGIN');
    await other.query(`UPDATE customers SET "totalOrders" = "totalOrders" + 1, "totalSpent" = 700 WHERE id = 'c'`);
    await other.query(`SELECT make('orders', '{"id": "o", "customerId": "c", "totalAmount": 700}')`);
    const running = world.document('--apply');
    await expect
      .poll(
        () =>
          world.rows(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`),
        { timeout: 10_000 },
      )
      .toHaveLength(1);
    await other.query('COMMIT');
    expect(await running).toMatchObject({ applied: 1, left: { busy: 0 }, exitCode: 0 });
    expect(await world.totals()).toContain('c 1 700');
  });

  it('keeps two runs apart', async () => {
    await world.customer('c', { totalOrders: 9 });
    const other = await world.connect();
    await other.query('BEGIN');
    await other.query(`SELECT FROM customers FOR UPDATE`);
    const first = world.document('--apply');
    await expect
      .poll(() => world.rows(`SELECT 1 FROM ops.runs WHERE status = 'running'`), { timeout: 10_000 })
      .toHaveLength(1);
    const second = await world.reconcile('--apply');
    await other.query('COMMIT');
    expect([second.code, codeOf(second.stderr)]).toEqual([3, 'LOCKED']);
    expect(await first).toMatchObject({ applied: 1 });
  });
});
