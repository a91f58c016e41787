import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startProgram } from '../harness/process.js';
import { readRefresh, type SummaryWorld, summaryWorld } from '../summaries/world.js';

let world: SummaryWorld;
beforeAll(async () => {
  world = await summaryWorld();
});
afterAll(() => world.drop());
beforeEach(() =>
  world.query(
    `TRUNCATE ops.runs, ops.daily_order_stats, ops.business_health, ops.kpi_snapshots, ops.summaries, ops.watermarks CASCADE;
     DELETE FROM orders; DELETE FROM customers; DELETE FROM business_customers; SELECT make('customers', '{"id": "c"}'), make('customers', '{"id": "d"}')`,
  ),
);

/** An order of customer c and business spared-business; updated when it was created, unless said. */
const order = (id: string, createdAt: string, more: Record<string, unknown> = {}) =>
  world.query('SELECT make($1, $2)', ['orders', { id, customerId: 'c', createdAt, ...more }]);
const NOW = `(now() AT TIME ZONE 'UTC')`;
const change = (id: string, set: string) =>
  world.query(`UPDATE orders SET ${set}, "updatedAt" = ${NOW} WHERE id = '${id}'`);
/** `day: orders sold new` of each row. */
const stats = async () =>
  (
    await world.query<{ row: string }>(
      `SELECT business_day || ': ' || orders || ' ' || sold_orders || ' ' || new_customers AS row FROM ops.daily_order_stats ORDER BY business_day`,
    )
  ).rows.map(({ row }) => row);

async function expectExact(document: Awaited<ReturnType<SummaryWorld['refresh']>>, definitions = {}) {
  const { present, expected } = await world.compare(document, definitions);
  expect(present).toEqual({ ...Object(expected), scores: [] }); // too few customers for scores
}

describe('refresh by what changed', () => {
  it('recomputes the days of changed orders, and those on which a customer became or ceases to be new', async () => {
    await order('first', '2026-01-10T15:00:00');
    await order('second', '2026-02-10T15:00:00');
    await order('third', '2026-03-10T15:00:00');
    await order('other', '2026-04-10T15:00:00', { customerId: 'd' });
    await world.refresh();
    expect(await stats()).toEqual(['2026-01-10: 1 1 1', '2026-02-10: 1 1 0', '2026-03-10: 1 1 0', '2026-04-10: 1 1 1']);

    await change('first', `status = 'CANCELLED'`);
    const cancelled = await world.refresh();
    expect(cancelled.days).toEqual(['2026-01-10', '2026-02-10']);
    expect(await stats()).toEqual(['2026-01-10: 1 0 0', '2026-02-10: 1 1 1', '2026-03-10: 1 1 0', '2026-04-10: 1 1 1']);
    await expectExact(cancelled);

    await change('first', `status = 'PAID'`);
    await order('earliest', '2025-12-10T15:00:00', { updatedAt: new Date().toISOString() });
    const moved = await world.refresh();
    expect(moved.days).toEqual(['2025-12-10', '2026-01-10', '2026-02-10']);
    expect(await stats()).toEqual([
      '2025-12-10: 1 1 1',
      '2026-01-10: 1 1 0',
      '2026-02-10: 1 1 0',
      '2026-03-10: 1 1 0',
      '2026-04-10: 1 1 1',
    ]);
    await expectExact(moved);
  });

  it('sees a new order whose updatedAt lies before it, and counts no order of tomorrow for today', async () => {
    await order('old', '2026-01-10T15:00:00');
    await world.refresh();
    await world.query(
      `SELECT make('orders', jsonb_build_object('id', 'new', 'customerId', 'c', 'createdAt', ${NOW}, 'updatedAt', '2026-01-01T00:00:00')),
         make('orders', jsonb_build_object('id', 'tomorrow', 'customerId', 'c', 'createdAt', ${NOW} + interval '1 day'));
       INSERT INTO sms_logs (id, direction, message, status, "createdAt") VALUES ('tomorrow', 'INBOUND', 'hi', 'RECEIVED', ${NOW} + interval '1 day')`,
    );
    const document = await world.refresh();
    await expectExact(document);
    const { rows } = await world.query(
      `SELECT (SELECT value FROM ops.kpi_snapshots WHERE kpi_id = 'todays_orders') AS orders,
         (SELECT value FROM ops.kpi_snapshots WHERE kpi_id = 'sms_today') AS messages, last_sold_day::text AS last
       FROM ops.business_health`,
    );
    expect(rows).toEqual([{ orders: 1, messages: 0, last: document.run.day }]);
  });

  it('takes times that make no sense, and sums beyond 32 bits', async () => {
    await order('first', '2026-01-10T15:00:00');
    await world.refresh();
    const now = { totalAmount: 2_147_483_647, updatedAt: new Date().toISOString() };
    await order('endless', 'infinity', now);
    await order('roman', '0044-03-15 BC', now);
    await order('roman too', '0044-03-15 BC', now);
    const document = await world.refresh();
    expect(await stats()).toEqual(['0044-03-14 BC: 2 2 1', '2026-01-10: 1 1 0', 'infinity: 1 1 0']);
    const { rows } = await world.query(`SELECT gmv_cents FROM ops.daily_order_stats WHERE business_day < '0001-01-01'`);
    expect(rows).toEqual([{ gmv_cents: '4294967294' }]);
    expect(document.days).toEqual(['0044-03-14 BC', '2026-01-10', 'infinity']);
    const changed = ({ tables }: typeof document) => tables.map(({ changed: rows, removed }) => [rows, removed]);
    expect(changed(await world.refresh(['--full']))).toEqual([
      [0, 0],
      [null, null],
      [0, 0],
      [0, 0],
    ]);
  });

  it('leaves to a full pass what no updatedAt tells, as the help says, and has one by itself after a week', async () => {
    await order('deleted', '2026-01-10T15:00:00');
    await order('moved', '2026-02-10T15:00:00');
    await order('silent', '2026-03-10T15:00:00', { customerId: 'd' });
    await world.refresh();
    await world.query(
      `DELETE FROM orders WHERE id = 'deleted';
       UPDATE orders SET "createdAt" = '2026-02-20T15:00:00', "updatedAt" = ${NOW} WHERE id = 'moved';
       UPDATE orders SET "totalAmount" = 1 WHERE id = 'silent'`,
    );
    const partial = await world.refresh();
    expect(partial.days).toEqual(['2026-02-20']);
    expect(await stats()).toEqual(['2026-01-10: 1 1 1', '2026-02-10: 1 1 0', '2026-02-20: 1 1 1', '2026-03-10: 1 1 1']);
    // The snapshots are exact all the same: they come from the platform's own rows.
    const { rows } = await world.query(`SELECT value FROM ops.kpi_snapshots WHERE kpi_id = 'total_orders'`);
    expect(rows).toEqual([{ value: 2 }]);

    await world.query(`UPDATE ops.watermarks SET full_at = full_at - interval '6 days 23 hours'`);
    expect((await world.refresh()).scope.kind).toBe('since');
    await world.query(`UPDATE ops.watermarks SET full_at = full_at - interval '2 hours'`);
    const full = await world.refresh();
    expect(full.scope).toMatchObject({ kind: 'full', reason: 'the last full pass is more than 7 days ago' });
    expect(full.tables[0]).toMatchObject({ name: 'daily_order_stats', changed: 1, removed: 2 });
    expect(await stats()).toEqual(['2026-02-20: 1 1 1', '2026-03-10: 1 1 1']);
    await expectExact(full);
    expect((await world.refresh()).scope.kind).toBe('since');
  });

  it('looks back an hour beyond the watermark, for what is committed late', async () => {
    await order('a', '2026-01-10T15:00:00');
    const first = await world.refresh();
    const late = (minutes: number) =>
      world.query(
        `UPDATE orders SET status = 'CANCELLED', "updatedAt" = '${first.run.now}'::timestamp - interval '${minutes} minutes'`,
      );
    await late(61);
    expect((await world.refresh()).days).toEqual([]);
    await late(58);
    expect((await world.refresh()).days).toEqual(['2026-01-10']);
  });

  it('--since looks further back, and moves the watermark only where nothing is left out', async () => {
    await order('a', '2026-01-10T15:00:00');
    const { watermark } = await world.refresh();
    await world.query(`UPDATE orders SET status = 'CANCELLED', "updatedAt" = ${NOW} - interval '3 days'`);
    expect((await world.refresh()).days).toEqual([]);
    const hours = (number: number) => new Date(Date.parse(watermark.after) + number * 3_600_000).toISOString();
    const back = await world.refresh(['--since', hours(-96)]);
    expect(back).toMatchObject({ scope: { kind: 'since', since: hours(-96) }, days: ['2026-01-10'] });
    expect(back.watermark.after).toBe(back.run.now);
    await expectExact(back);

    // Later than an hour before the watermark: what was committed late might never be looked at.
    for (const since of [back.watermark.after, hours(240)]) {
      expect((await world.refresh(['--since', since])).watermark).toEqual({
        before: back.watermark.after,
        after: back.watermark.after,
      });
    }
    const { stdout } = await world.run(['--since', hours(0)]);
    expect(stdout).toContain(
      `The watermark stays at ${back.watermark.after}: what changed before --since is still to be`,
    );
    // A time in another zone is the same time.
    expect((await world.refresh(['--since', '2026-01-10T10:00:00-05:00'])).scope.since).toBe(
      '2026-01-10T15:00:00.000Z',
    );
  });
});

describe('the calendar', () => {
  /** In UTC, and the day and orders that they make in New York: days of 23 and of 25 hours. */
  const CLOCK_CHANGES = [
    ['2026-03-08T04:59:59.999', '2026-03-07'],
    ['2026-03-08T05:00:00', '2026-03-08'],
    ['2026-03-09T03:59:59.999', '2026-03-08'],
    ['2026-03-09T04:00:00', '2026-03-09'],
    ['2026-11-01T03:59:59.999', '2026-10-31'],
    ['2026-11-01T04:00:00', '2026-11-01'],
    ['2026-11-02T04:59:59.999', '2026-11-01'],
    ['2026-11-02T05:00:00', '2026-11-02'],
  ] as const;

  it('has days of 23 and 25 hours, whatever the zone of the process, by all orders as by what changed', async () => {
    for (const [index, [at]] of CLOCK_CHANGES.entries()) await order(`o${index}`, at, { status: 'PENDING' });
    const days = [...new Set(CLOCK_CHANGES.map(([, day]) => day))];
    const expected = (sold: (index: number) => boolean) =>
      days.map((day) => {
        const own = CLOCK_CHANGES.flatMap(([, each], index) => (each === day ? [index] : []));
        const first = own.includes(CLOCK_CHANGES.findIndex((_, index) => sold(index))) ? 1 : 0;
        return `${day}: ${own.length} ${own.filter(sold).length} ${first}`;
      });
    for (const [round, TZ] of ['America/New_York', 'UTC', 'Asia/Kolkata'].entries()) {
      const refresh = async () => {
        if (TZ === process.env.TZ) return world.refresh();
        const { ended } = startProgram(['refresh', '--format', 'json'], { env: { DATABASE_URL: world.url, TZ } });
        return readRefresh(await ended);
      };
      await world.query('TRUNCATE ops.daily_order_stats, ops.watermarks, ops.summaries');
      await expectExact(await refresh());
      expect(await stats()).toEqual(expected((index) => index < round));
      await change(`o${round}`, `status = 'PAID'`); // its day, and that of the first before it
      const document = await refresh();
      expect(document.days).toEqual([...new Set([days[0], CLOCK_CHANGES[round]?.[1]].slice(round === 0 ? 1 : 0))]);
      expect(await stats()).toEqual(expected((index) => index <= round));
      await expectExact(document);
    }
  });

  it('has both midnights of a zone whose clocks go back at midnight', async () => {
    const zone = { SMSFOOD_TIMEZONE: 'America/Havana' };
    await order('before', '2026-11-01T03:59:59', { customerId: 'd' });
    await order('first hour', '2026-11-01T04:30:00'); // 00:30, and half an hour later it is midnight once more
    await order('second hour', '2026-11-01T05:30:00');
    await world.refresh([], zone);
    await change('first hour', `status = 'CANCELLED'`);
    const document = await world.refresh([], zone);
    expect(document.days).toEqual(['2026-11-01']);
    expect(await stats()).toEqual(['2026-10-31: 1 1 1', '2026-11-01: 2 1 1']);
    await expectExact(document, { timezone: 'America/Havana' });
  });
});

describe('the days that stay', () => {
  it('keeps earlier days as they were seen, and today as it is now', async () => {
    await order('a', '2026-01-10T15:00:00');
    await world.query(`SELECT make('business_customers', '{"id": "leaving"}')`);
    const first = await world.refresh();
    await world.query(`UPDATE ops.business_health SET day = day - 1; UPDATE ops.kpi_snapshots SET day = day - 1`);
    const yesterday = async () =>
      (
        await world.query(
          `SELECT t::text FROM ops.business_health t WHERE day < '${first.run.day}'
           UNION ALL SELECT t::text FROM ops.kpi_snapshots t WHERE day < '${first.run.day}' ORDER BY 1`,
        )
      ).rows;
    const before = await yesterday();
    expect(before).toHaveLength(2 + 14);
    await world.refresh();
    await world.query(
      `DELETE FROM business_customers WHERE id = 'leaving'; UPDATE business_customers SET "currentUsage" = 77, "subscriptionTier" = 'pro'`,
    );
    const last = await world.refresh();
    expect(last.tables).toMatchObject([
      {},
      {},
      { name: 'business_health', changed: 1, removed: 1, rows: 2 + 1 },
      { name: 'kpi_snapshots', changed: 4, removed: 0, rows: 28 },
    ]);
    await expectExact(last);
    expect(await yesterday()).toEqual(before);
  });
});
