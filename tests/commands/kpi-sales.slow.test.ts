import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../../src/kpi/period.js';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneDatabase, installOps, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';
import { kpi, type Order, percentile, ratio, readOrders, sum } from '../kpi/expected.js';

const CLOCK = '2026-03-10T15:00:00Z';
const NOW = Date.parse(CLOCK);

let database: TestDatabase;
let orders: Order[];
beforeAll(async () => {
  database = await cloneDatabase();
  await seedMarketplace(await database.connect(), {
    ...{ customers: 300, orders: 3000, days: 400, damage: 'every', seed: 21 },
    ...{ now: new Date(CLOCK), timezone: 'America/New_York' },
  });
  orders = await readOrders(database);
});
afterAll(() => database.drop());

const at = (...args: string[]) => kpi(database, [...args, '--as-of', CLOCK]);
const within = (from: string, to: string) => orders.filter(({ day }) => day >= from && day < to);

function sales(of: readonly Order[]) {
  const sold = of.filter((order) => order.sold);
  const [gmv, fees] = [sum(sold.map(({ total }) => total)), sum(sold.map(({ fee }) => fee ?? 0))];
  const median = percentile(
    sold.map(({ total }) => total),
    0.5,
  );
  return {
    ...{ orders: of.length, sold_orders: sold.length, gmv, platform_revenue: fees, take_rate: ratio(fees, gmv) },
    ...{ aov: ratio(gmv, sold.length), aov_median: median },
  };
}

describe('kpi revenue', () => {
  it.each([
    ['the last complete day, against the same weekday', [], ['2026-03-09', '2026-03-10'], ['2026-03-02', '2026-03-03']],
    ['the last ISO week', ['--by', 'week'], ['2026-03-02', '2026-03-09'], ['2026-02-23', '2026-03-02']],
    ['the last month', ['--by', 'month'], ['2026-02-01', '2026-03-01'], ['2026-01-01', '2026-02-01']],
    [
      'a day of 23 hours',
      ['--from', '2026-03-08', '--to', '2026-03-09'],
      ['2026-03-08', '2026-03-09'],
      ['2026-03-01', '2026-03-02'],
    ],
    [
      'a day of 25 hours',
      ['--from', '2025-11-02', '--to', '2025-11-03'],
      ['2025-11-02', '2025-11-03'],
      ['2025-10-26', '2025-10-27'],
    ],
    [
      'a year before',
      ['--from', '2026-02-16', '--to', '2026-03-09', '--compare', 'yoy'],
      ['2026-02-16', '2026-03-09'],
      ['2025-02-17', '2025-03-10'],
    ],
  ] as const)('%s', async (_what, args, now, before) => {
    const { values, before: previous, metrics, period } = await at('revenue', ...args);
    expect(period).toMatchObject({ from: now[0], to: now[1], isPartial: false });
    const [current, past] = [sales(within(now[0], now[1])), sales(within(before[0], before[1]))];
    expect(values).toEqual(current);
    expect(previous).toEqual(past);
    const change = (id: string) => metrics.find((metric) => metric.id === id)?.change;
    expect(change('gmv')).toBe(past.gmv === 0 ? null : (current.gmv - past.gmv) / past.gmv);
    const points =
      current.take_rate === null || past.take_rate === null ? null : (current.take_rate - past.take_rate) * 100;
    expect(change('take_rate')).toBe(points);
  });

  it('days of 23 and 25 hours have their length', async () => {
    const hours = async (from: string, to: string) => {
      const { period } = await at('revenue', '--from', from, '--to', to);
      return (Date.parse(period.end) - Date.parse(period.start)) / 3_600_000;
    };
    expect(await hours('2026-03-08', '2026-03-09')).toBe(23);
    expect(await hours('2025-11-02', '2025-11-03')).toBe(25);
    expect(await hours('2026-03-07', '2026-03-08')).toBe(24);
  });

  it('a running period is compared with the same elapsed part, and labelled', async () => {
    const { values, before, period, comparedWith } = await at('revenue', '--from', '2026-03-01');
    expect(period).toEqual({
      from: '2026-03-01',
      to: '2026-04-01',
      start: '2026-03-01T05:00:00.000Z',
      end: '2026-03-10T15:00:00.000Z',
      isPartial: true,
    });
    // 11:00 of the tenth day on the wall, which was an hour later in UTC before the clocks changed.
    expect(comparedWith).toMatchObject({
      from: '2026-02-01',
      to: '2026-03-01',
      end: '2026-02-10T16:00:00.000Z',
      isPartial: true,
    });
    const between = (from: string, to: string) =>
      orders.filter((order) => order.at >= Date.parse(from) && order.at < Date.parse(to));
    expect(values).toEqual(sales(between('2026-03-01T05:00:00Z', CLOCK)));
    expect(before).toEqual(sales(between('2026-02-01T05:00:00Z', '2026-02-10T16:00:00Z')));
    const table = await smsfood(['kpi', 'revenue', '--from', '2026-03-01', '--as-of', CLOCK], {
      env: { DATABASE_URL: database.url },
    });
    expect(table.stdout).toContain('2026-03-01 to 2026-03-10, up to 11:00 (partial)');
  });

  it('has the trend, its partial ends marked, and one business', async () => {
    const months = (await at('revenue', '--from', '2026-01-10', '--by', 'month')).rowsOf('trend');
    const of = (from: string, to: string) => sales(within(from, to).filter((order) => order.at < NOW));
    expect(months).toEqual(
      [
        ['2026-01-01', '2026-01-10', '2026-02-01', true],
        ['2026-02-01', '2026-02-01', '2026-03-01', false],
        ['2026-03-01', '2026-03-01', '2026-03-11', true],
      ].map(([from, start, end, partial]) => {
        const { orders: number, sold_orders, gmv, platform_revenue } = of(String(start), String(end));
        return { from, orders: number, sold_orders, gmv, platform_revenue, partial };
      }),
    );
    const id = orders.find(({ business }) => business !== null)?.business ?? '';
    const { values } = await at('revenue', '--from', '2025-06-01', '--to', '2026-03-01', '--business', id);
    expect(values).toEqual(sales(within('2025-06-01', '2026-03-01').filter(({ business }) => business === id)));
  });

  it('is unknown, not zero, where there is nothing', async () => {
    const { values, metrics } = await at('revenue', '--from', '2020-01-01', '--to', '2020-01-02');
    expect(values).toMatchObject({ orders: 0, gmv: 0, take_rate: null, aov: null, aov_median: null });
    expect(metrics.every(({ change }) => change === null)).toBe(true);
  });
});

describe('kpi menu', () => {
  it('sells what both shapes of items say', async () => {
    await database.query(
      `UPDATE orders SET items = '{"a": {"name": " Goat  Curry ", "price": 1000}, "b": {"name": "Rice", "price": 200, "quantity": 3}}', status = 'PAID' WHERE id = $1`,
      [within('2026-02-20', '2026-03-01')[0]?.id],
    );
    await database.query(
      `UPDATE orders SET items = '[{"name": "goat curry", "price": 1100, "quantity": 2}, {"name": "Rice"}, {"name": 7, "price": 1}, "x", null]', status = 'PAID' WHERE id = $1`,
      [within('2026-02-20', '2026-03-01')[1]?.id],
    );
    orders = await readOrders(database);
    const { values, rowsOf } = await at('menu', '--from', '2026-02-01', '--to', '2026-03-01');
    const sold = within('2026-02-01', '2026-03-01').filter((order) => order.sold);
    const lines = sold.flatMap((order) => linesOf(order).map((line) => ({ order: order.id, ...line })));
    const good = lines.filter(({ readable }) => readable);
    expect(values).toEqual({
      sold_orders: sold.length,
      units: sum(good.map(({ quantity }) => quantity)),
      item_revenue: sum(good.map(({ price, quantity }) => price * quantity)),
      units_per_order: expect.closeTo(
        sum(good.map(({ quantity }) => quantity)) / new Set(good.map(({ order }) => order)).size,
        9,
      ),
      dishes: new Set(good.map(({ name }) => name)).size,
      unreadable_orders: new Set(lines.flatMap(({ order, readable }) => (readable ? [] : [order]))).size,
    });
    expect(values.unreadable_orders).toBeGreaterThan(0);
    const curry = rowsOf('dishes').find(({ dish }) => String(dish).toLowerCase() === 'goat curry');
    expect(curry).toMatchObject({ units: 3, orders: 2, revenue: 3200 });
    const byRevenue = rowsOf('dishes').map(({ revenue }) => Number(revenue));
    expect(byRevenue).toEqual(byRevenue.toSorted((a, b) => b - a));
    expect(sum(byRevenue)).toBe(values.item_revenue);
  });
});

interface Line {
  name: string;
  price: number;
  quantity: number;
  readable: boolean;
}

function linesOf({ items }: Order): Line[] {
  const entries: unknown[] = Array.isArray(items)
    ? items
    : typeof items === 'object' && items !== null
      ? Object.values(items)
      : [];
  if (entries.length === 0) return [{ name: '', price: 0, quantity: 0, readable: false }];
  return entries.map((entry) => {
    const {
      name,
      price,
      quantity = 1,
    }: Record<string, unknown> = typeof entry === 'object' && entry !== null ? { ...entry } : {};
    const isWhole = (value: unknown, least: number, most: number): value is number =>
      typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
    const written = typeof name === 'string' ? name.trim().replace(/\s+/g, ' ').toLowerCase() : '';
    if (written === '' || !isWhole(price, 0, 1e9) || !isWhole(quantity, 1, 1e6))
      return { name: written, price: 0, quantity: 0, readable: false };
    return { name: written, price, quantity, readable: true };
  });
}

describe('kpi fulfilment', () => {
  it('tells what the rows tell, and what they do not', async () => {
    const { values, notes, rowsOf } = await at('fulfilment');
    const of = within(addDays('2026-03-10', -28), '2026-03-10');
    const share = (test: (order: Order) => boolean) => ratio(of.filter(test).length, of.length);
    const hours = of.flatMap((order) =>
      order.status === 'DELIVERED' && order.changed >= order.at ? [(order.changed - order.at) / 3_600_000] : [],
    );
    expect(of.length).toBeGreaterThan(50);
    expect(values).toEqual({
      orders: of.length,
      sold_rate: share(({ sold }) => sold),
      delivered_rate: share(({ status }) => status === 'DELIVERED'),
      cancelled_rate: share(({ status }) => status === 'CANCELLED'),
      unpaid_orders: of.filter(({ status }) => ['PENDING', 'CONFIRMED'].includes(status)).length,
      kitchen_orders: of.filter(({ status }) => ['PAID', 'PREPARING', 'READY'].includes(status)).length,
      hours_to_delivered: expect.closeTo(percentile(hours, 0.5) ?? -1, 6),
      hours_to_delivered_90: expect.closeTo(percentile(hours, 0.9) ?? -1, 6),
      delivery_time_given: share(({ wanted }) => wanted !== null && wanted.trim() !== ''),
    });
    expect(notes.join(' ')).toMatch(/no history of statuses.*free text/s);
    const open = ['PENDING', 'CONFIRMED', 'PAID', 'PREPARING', 'READY'];
    expect(rowsOf('open')).toEqual(
      open.flatMap((status) => {
        const own = orders.filter((order) => order.status === status);
        if (own.length === 0) return [];
        const old = own.filter((order) => order.at < NOW - 86_400_000).length;
        return [
          expect.objectContaining({
            status,
            orders: own.length,
            over_a_day: old,
            amount: sum(own.map(({ total }) => total)),
          }),
        ];
      }),
    );
  });
});

describe('kpi forecast', () => {
  it('is the mean of four weekdays, unless something else was better in the back-test', async () => {
    const { values, rowsOf } = await at('forecast');
    const gmv = (day: string) => sum(within(day, addDays(day, 1)).flatMap(({ sold, total }) => (sold ? [total] : [])));
    const naive = (day: string, known: string) => {
      // The newest same weekday before `known`, and the three before it.
      let newest = addDays(day, -7);
      while (newest >= known) newest = addDays(newest, -7);
      return sum([0, 7, 14, 21].map((back) => gmv(addDays(newest, -back)))) / 4;
    };
    let [errors, actual] = [0, 0];
    for (let back = 56; back > 0; back -= 1) {
      const day = addDays('2026-03-10', -back);
      const known = addDays('2026-03-10', -Math.ceil(back / 7) * 7);
      errors += Math.abs(naive(day, known) - gmv(day));
      actual += gmv(day);
    }
    expect(values.naive_error).toBeCloseTo(errors / actual, 9);
    const methods = rowsOf('methods');
    const chosen = methods.find(({ chosen: isChosen }) => isChosen === true);
    const best = Math.min(...methods.map(({ gmv_error: error }) => Number(error)));
    expect(methods.map(({ method }) => method)).toEqual(['seasonal naive', 'weighted weekdays', 'with growth']);
    expect(values.backtest_error).toBe(chosen?.gmv_error);
    expect(chosen?.gmv_error).toBe(best);
    const days = rowsOf('days');
    expect(days.map(({ day }) => day)).toEqual(Array.from({ length: 28 }, (_, index) => addDays('2026-03-10', index)));
    if (chosen?.method === 'seasonal naive') expect(days[0]?.gmv).toBe(Math.round(naive('2026-03-10', '2026-03-10')));
  });

  it('is refused to a short history', async () => {
    const { values, notes } = await kpi(database, ['forecast', '--as-of', addDaysTo(orders[0]?.at ?? 0, 40)]);
    expect(values.gmv_next_7).toBeNull();
    expect(notes.join()).toMatch(/days of history are too few/);
  });
});

const addDaysTo = (time: number, days: number) => new Date(time + days * 86_400_000).toISOString();

describe('kpi businesses', () => {
  it('counts, prices and lists them; the movement is unknown without snapshots', async () => {
    const { values, notes, rowsOf } = await at('businesses');
    const { rows } = await database.query(
      `SELECT count(*)::int AS businesses, count(*) FILTER (WHERE "subscriptionStatus" ILIKE 'active')::int AS active_subscriptions,
         count(*) FILTER (WHERE "subscriptionStatus" ILIKE 'trial')::int AS trials, count(*) FILTER (WHERE "subscriptionStatus" ILIKE 'suspended')::int AS suspended,
         count(*) FILTER (WHERE "subscriptionStatus" ~* '^cancell?ed$')::int AS cancelled,
         sum("currentUsage") FILTER (WHERE "subscriptionStatus" ILIKE 'active')::float8 / sum("monthlyLimit") FILTER (WHERE "subscriptionStatus" ILIKE 'active') AS usage_rate,
         count(*) FILTER (WHERE "subscriptionStatus" ILIKE 'active' AND "currentUsage" > "monthlyLimit")::int AS over_limit
       FROM business_customers`,
    );
    const recent = within(addDays('2026-03-10', -28), '2026-03-10').filter(
      ({ sold, business }) => sold && business !== null,
    );
    expect(values).toMatchObject({ ...rows[0], selling: new Set(recent.map(({ business }) => business)).size });
    expect(values).toMatchObject({ mrr_new: null, mrr_expansion: null, mrr_contraction: null, mrr_churned: null });
    expect(notes.join()).toMatch(/movement of MRR is unknown/);
    expect(rowsOf('businesses')).toHaveLength(values.businesses ?? 0);
    for (const { id, sold_orders, gmv } of rowsOf('businesses')) {
      const own = recent.filter(({ business }) => business === id);
      expect({ id, sold_orders, gmv }).toEqual({
        id,
        sold_orders: own.length,
        gmv: sum(own.map(({ total }) => total)),
      });
    }
  });

  it('tells the movement between two snapshots, and refuses a gap', async () => {
    await installOps(database);
    const snapshot = (day: string, businesses: readonly (readonly [string, number])[]) =>
      database.query(
        `INSERT INTO ops.business_health (day, business_id, subscription_status, subscription_tier, is_active, mrr_cents, has_number,
           monthly_limit, current_usage, orders_28d, sold_orders_28d, gmv_28d_cents, fee_28d_cents, refreshed_at)
         SELECT $1::date, b ->> 0, 'active', 'pro', true, (b ->> 1)::int, true, 1000, 0, 0, 0, 0, 0, now() FROM jsonb_array_elements($2::jsonb) AS b`,
        [day, JSON.stringify(businesses)],
      );
    await snapshot('2026-01-31', [
      ['a', 3500],
      ['b', 9500],
      ['c', 3500],
      ['d', 9500],
    ]);
    await snapshot('2026-02-27', [['a', 9500]]);
    await snapshot('2026-02-28', [
      ['a', 9500],
      ['b', 3500],
      ['c', 0],
      ['e', 9500],
    ]);
    const month = await at('businesses', '--from', '2026-02-01', '--to', '2026-03-01');
    expect(month.values).toMatchObject({
      mrr_new: 9500,
      mrr_expansion: 6000,
      mrr_contraction: 6000,
      mrr_churned: 13_000,
    });
    expect(month.rowsOf('mrr_history')).toEqual([
      { day: '2026-02-27', mrr: 9500, active: 1 },
      { day: '2026-02-28', mrr: 22_500, active: 4 },
    ]);
    const args = ['kpi', 'businesses', '--from', '2026-02-02', '--to', '2026-03-01', '--as-of', CLOCK];
    const { code, stdout, stderr } = await smsfood(args, { env: { DATABASE_URL: database.url } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/no snapshot of the businesses of 2026-02-01; the oldest is of 2026-01-31.*\[NOT_FOUND\]/);
    await snapshot('2026-02-01', [['a', 3500]]);
    const gaps = await at('businesses', '--from', '2026-02-01', '--to', '2026-03-01');
    expect(gaps.rowsOf('mrr_history')).toHaveLength(28);
    expect(gaps.notes.join()).toMatch(/^25 of the days have no snapshot/);
  });
});
