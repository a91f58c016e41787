import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, addMonths } from '../../src/kpi/period.js';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneDatabase, installOps, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { byCustomer, kpi, localDay, type Order, percentile, ratio, readOrders, sum } from '../kpi/expected.js';
import { expectedCustomers } from '../segments/expected.js';

const CLOCK = '2026-03-10T15:00:00Z';
const DAY = 86_400_000;
/** Midnight in New York before and after the clocks changed on the 8th of March. */
const TODAY = Date.parse('2026-03-10T04:00:00Z');

let database: TestDatabase;
let orders: Order[];
let sold: Map<string, Order[]>;
beforeAll(async () => {
  database = await cloneDatabase('newer');
  await seedMarketplace(await database.connect(), {
    ...{ customers: 300, orders: 2500, days: 400, damage: 'every', seed: 8 },
    ...{ now: new Date(CLOCK), timezone: 'America/New_York' },
  });
  orders = await readOrders(database);
  sold = byCustomer(orders.filter((order) => order.sold));
});
afterAll(() => database.drop());

const at = (...args: string[]) => kpi(database, [...args, '--as-of', CLOCK]);

describe('kpi customers', () => {
  it('is what each customer did', async () => {
    const { values, before, period, comparedWith } = await at('customers');
    const expected = (starts: number, ends: number) => {
      const seen = [...sold.values()].flatMap((own) => {
        const upTo = own.filter((order) => order.at < ends);
        return upTo.length === 0 ? [] : [upTo];
      });
      const buying = seen.filter((own) => own.some((order) => order.at >= starts));
      const isNew = (own: Order[]) => (own[0]?.at ?? 0) >= starts;
      const repeat = (days: number) => {
        const old = seen.filter((own) => (own[0]?.at ?? 0) <= ends - days * DAY);
        return ratio(
          old.filter((own) => (own[1]?.at ?? Infinity) <= (own[0]?.at ?? 0) + days * DAY).length,
          old.length,
        );
      };
      const [near, far] = [ends - 60 * DAY, ends - 120 * DAY];
      const were = seen.filter((own) => own.some((order) => order.at >= far && order.at < near));
      const gone = (own: Order[]) => (own.at(-1)?.at ?? 0) < near;
      return {
        buying_customers: buying.length,
        new_customers: buying.filter(isNew).length,
        returning_customers: buying.filter((own) => !isNew(own)).length,
        orders_per_customer: ratio(
          sum(buying.map((own) => own.filter((order) => order.at >= starts).length)),
          buying.length,
        ),
        ...{ repeat_rate_30: repeat(30), repeat_rate_60: repeat(60), repeat_rate_90: repeat(90) },
        churned_customers: seen.filter(gone).length,
        churn_rate: ratio(were.filter(gone).length, were.length),
      };
    };
    expect(period).toMatchObject({ from: '2026-02-10', to: '2026-03-10' });
    expect(comparedWith).toMatchObject({ from: '2026-01-13', to: '2026-02-10' });
    const middle = Date.parse('2026-02-10T05:00:00Z');
    expect(values.buying_customers).toBeGreaterThan(50);
    expect(values).toEqual(expected(middle, TODAY));
    expect(before).toEqual(expected(Date.parse('2026-01-13T05:00:00Z'), middle));
  });

  it('churn follows the configuration, and is called inferred', async () => {
    const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify({ kpi: { churnDays: 30 } }) });
    const { values, notes } = await kpi(database, ['customers', '--as-of', CLOCK], { cwd });
    const gone = [...sold.values()].filter((own) => {
      const upTo = own.filter((order) => order.at < TODAY);
      return upTo.length > 0 && (upTo.at(-1)?.at ?? 0) < TODAY - 30 * DAY;
    });
    expect(values.churned_customers).toBe(gone.length);
    expect(notes.join()).toMatch(/inferred: no sold order for 30 days/);
  });
});

/** Customers by month of the first sold order, with the months in which they bought. */
function cohorts() {
  const found = new Map<string, { size: number; months: Map<string, { active: number; revenue: number }> }>();
  for (const own of sold.values()) {
    const cohort = own[0]?.day.slice(0, 7) ?? '';
    const { size, months } = found.get(cohort) ?? { size: 0, months: new Map() };
    for (const month of new Set(own.map(({ day }) => day.slice(0, 7)))) {
      const fees = sum(own.filter(({ day }) => day.startsWith(month)).map(({ fee }) => fee ?? 0));
      const cell = months.get(month) ?? { active: 0, revenue: 0 };
      months.set(month, { active: cell.active + 1, revenue: cell.revenue + fees });
    }
    found.set(cohort, { size: size + 1, months });
  }
  return found;
}

const monthAfter = (month: string, count: number) => addMonths(`${month}-01`, count).slice(0, 7);

describe('kpi cohorts', () => {
  it('is a triangle of complete months, its averages weighted', async () => {
    const { values, rowsOf } = await at('cohorts');
    const all = cohorts();
    const rows = rowsOf('triangle').filter(({ cohort }) => cohort !== 'average');
    expect(rows.map(({ cohort }) => cohort)).toEqual(
      [...all.keys()].filter((month) => month >= '2025-03' && month < '2026-03').sort(),
    );
    for (const row of rows) {
      const { size, months } = all.get(String(row.cohort)) ?? { size: 0, months: new Map() };
      expect(row.customers).toBe(size);
      for (let age = 1; age <= 12; age += 1) {
        const month = monthAfter(String(row.cohort), age);
        // The running month is March, of which nothing is final.
        expect(row[`m${age}`]).toBe(month < '2026-03' ? (months.get(month)?.active ?? 0) / size : null);
      }
    }
    const old = rows.filter(({ m3 }) => m3 !== null);
    const weighted =
      sum(old.map(({ m3, customers }) => Number(m3) * Number(customers))) /
      sum(old.map(({ customers }) => Number(customers)));
    expect(values.retention_3).toBeCloseTo(weighted, 9);
    expect(rowsOf('triangle').at(-1)).toMatchObject({ cohort: 'average', m3: values.retention_3 });
  });

  it('gives the lifetime value by age over those old enough', async () => {
    const rows = (await at('customers')).rowsOf('ltv');
    const all = [...cohorts()].filter(([month]) => month < '2026-03');
    expect(rows.length).toBeGreaterThan(10);
    for (const { age, customers, ltv } of rows) {
      const old = all.filter(([month]) => monthAfter(month, Number(age)) < '2026-03');
      const revenue = old.map(([month, { months }]) =>
        sum([...months].flatMap(([each, cell]) => (each <= monthAfter(month, Number(age)) ? [cell.revenue] : []))),
      );
      const size = sum(old.map(([, cohort]) => cohort.size));
      expect({ age, customers, ltv }).toEqual({ age, customers: size, ltv: expect.closeTo(sum(revenue) / size, 6) });
    }
  });
});

describe('kpi funnel', () => {
  it('follows those who signed up, to the end of the period', async () => {
    const { rows } = await database.query<{ id: string; at: number; business: string }>(
      `SELECT id, "businessId" AS business, (extract(epoch FROM "createdAt") * 1000)::float8 AS at FROM customers`,
    );
    const all = byCustomer(orders);
    const expected = (from: string, to: string, ends: number, business?: string) => {
      const signed = rows.filter((customer) => {
        const day = localDay(customer.at, 'America/New_York');
        return day >= from && day < to && (business === undefined || customer.business === business);
      });
      const first = (of: Map<string, Order[]>, id: string) => of.get(id)?.find((order) => order.at < ends);
      const ordered = signed.filter(({ id }) => first(all, id) !== undefined);
      const bought = signed.filter(({ id }) => first(sold, id) !== undefined);
      const hours = ordered.map(({ id, at: signup }) => Math.max(0, ((first(all, id)?.at ?? 0) - signup) / 3_600_000));
      const median = percentile(hours, 0.5);
      return {
        ...{ signups: signed.length, ordered: ordered.length, bought: bought.length },
        order_rate: ratio(ordered.length, signed.length),
        purchase_rate: ratio(bought.length, ordered.length),
        conversion_rate: ratio(bought.length, signed.length),
        hours_to_order: median === null ? null : expect.closeTo(median, 6),
      };
    };
    const { values, before } = await at('funnel');
    expect(values.signups).toBeGreaterThan(5);
    expect(values).toEqual(expected('2026-02-10', '2026-03-10', TODAY));
    expect(before).toEqual(expected('2026-01-13', '2026-02-10', Date.parse('2026-02-10T05:00:00Z')));
    const business = rows[0]?.business ?? '';
    const args = ['--from', '2025-06-01', '--to', '2026-03-01', '--business', business];
    expect((await at('funnel', ...args)).values).toEqual(
      expected('2025-06-01', '2026-03-01', Date.parse('2026-03-01T05:00:00Z'), business),
    );
  });
});

/** Messages, and the segments that a provider bills. */
const MESSAGES: readonly (readonly [string, number])[] = [
  ['x'.repeat(160), 1],
  ['x'.repeat(161), 2],
  ['x'.repeat(306), 2],
  ['x'.repeat(307), 3],
  // Each of these takes two places of GSM-7.
  [`${'x'.repeat(158)}€`, 1],
  [`${'x'.repeat(159)}€`, 2],
  ['^{}\\[~]|€'.repeat(10), 2],
  ['^{}\\[~]|€'.repeat(8), 1],
  [`Ünïté`, 1],
  ['@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r', 1],
  [`${'я'.repeat(70)}`, 1],
  [`${'я'.repeat(71)}`, 2],
  [`${'x'.repeat(134)}’`, 3],
  [`${'x'.repeat(69)}’`, 1],
  // Two units of UCS-2 each.
  ['🍕'.repeat(35), 1],
  ['🍕'.repeat(36), 2],
  ["it's ; '' E'\\n' :name", 1],
  ['', 1],
];

describe('kpi sms', () => {
  it('counts what was delivered, failed and is unknown, and what it cost', async () => {
    // One a day, the first on the 1st of January.
    await database.query(
      `SELECT make('sms_logs', jsonb_build_object('id', 'segments-' || place, 'message', message, 'customerId', (SELECT min(id) FROM customers),
         'createdAt', timestamp '2023-12-31 17:00' + place * interval '1 day'))
       FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY AS m (message, place)`,
      [JSON.stringify(MESSAGES.map(([message]) => message))],
    );
    const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify({ kpi: { smsSegmentCents: 0.79 } }) });
    const { values, rowsOf } = await kpi(database, ['sms', '--from', '2024-01-01', '--to', '2024-02-01'], { cwd });
    const segments = sum(MESSAGES.map(([, count]) => count));
    expect(values).toMatchObject({ outbound: MESSAGES.length, segments, cost_per_order: null, delivery_rate: 1 });
    expect(values.sms_cost).toBeCloseTo(segments * 0.79, 9);
    const counted = rowsOf('days').map((day, index) => [MESSAGES[index]?.[0], day.segments]);
    expect(counted.slice(0, MESSAGES.length)).toEqual(MESSAGES);
  });

  it('has the rates, the days and the error codes of the rows', async () => {
    await database.query(
      `UPDATE sms_logs SET status = 'FAILED', "errorCode" = '30003', "twilioSid" = NULL WHERE id IN
         (SELECT id FROM sms_logs WHERE direction = 'OUTBOUND' AND "createdAt" BETWEEN '2026-03-05' AND '2026-03-08' ORDER BY id LIMIT 3)`,
    );
    const { rows } = await database.query<{ status: string; direction: string; code: string | null; at: number }>(
      `SELECT status::text, direction::text, nullif(trim("errorCode"), '') AS code, (extract(epoch FROM "createdAt") * 1000)::float8 AS at FROM sms_logs`,
    );
    const dayOf = (time: number) => localDay(time, 'America/New_York');
    const of = rows.filter((row) => dayOf(row.at) >= '2026-03-03' && dayOf(row.at) < '2026-03-10');
    const count = (status: string, list = of) =>
      list.filter((row) => row.direction === 'OUTBOUND' && row.status === status).length;
    const outbound = of.filter(({ direction }) => direction === 'OUTBOUND');
    const { values, rowsOf, notes } = await at('sms');
    expect(count('FAILED')).toBeGreaterThan(0);
    expect(values).toMatchObject({
      ...{ outbound: outbound.length, inbound: of.length - outbound.length },
      ...{ delivered: count('DELIVERED'), failed: count('FAILED'), unknown: count('SENT'), sms_cost: null },
      delivery_rate: ratio(count('DELIVERED'), count('DELIVERED') + count('FAILED')),
      unknown_rate: ratio(count('SENT'), outbound.length),
    });
    expect(notes.join()).toMatch(/kpi\.smsSegmentCents/);
    expect(rowsOf('days').map(({ day }) => day)).toEqual(
      Array.from({ length: 7 }, (_, index) => addDays('2026-03-03', index)),
    );
    for (const { day, failed } of rowsOf('days'))
      expect({ day, failed }).toEqual({
        day,
        failed: count(
          'FAILED',
          of.filter((row) => dayOf(row.at) === day),
        ),
      });
    const codes = outbound.filter(({ status }) => status === 'FAILED').map(({ code }) => code ?? 'none');
    expect(Object.fromEntries(rowsOf('error_codes').map(({ code, failed }) => [code, failed]))).toEqual(
      Object.fromEntries([...new Set(codes)].map((code) => [code, codes.filter((each) => each === code).length])),
    );
  });
});

it('kpi sms of a business is about its customers, in the newer schema', async () => {
  const { rows } = await database.query<{ business: string; outbound: number; inbound: number }>(
    `SELECT c."businessId" AS business, count(*) FILTER (WHERE m.direction = 'OUTBOUND')::int AS outbound,
       count(*) FILTER (WHERE m.direction = 'INBOUND')::int AS inbound
     FROM sms_logs m JOIN customers c ON c.id = m."customerId"
     WHERE m."createdAt" >= '2026-02-01 05:00' AND m."createdAt" < '2026-03-01 05:00' GROUP BY 1 ORDER BY 2 DESC LIMIT 2`,
  );
  expect(rows).toHaveLength(2);
  for (const { business, outbound, inbound } of rows) {
    const { values } = await at('sms', '--from', '2026-02-01', '--to', '2026-03-01', '--business', business);
    expect(values).toMatchObject({ outbound, inbound });
  }
});

describe('kpi rfm', () => {
  it('is what segments score, computed or kept', async () => {
    const own = await cloneDatabase();
    try {
      await seedMarketplace(await own.connect(), {
        ...{ customers: 250, orders: 900, days: 300, damage: 'realistic', seed: 5 },
        ...{ now: new Date(), timezone: 'America/New_York' },
      });
      const expected = (await expectedCustomers(own)).filter(({ segment }) => segment !== null);
      const check = ({ values, rowsOf }: Awaited<ReturnType<typeof kpi>>) => {
        expect(values).toMatchObject({
          scored_customers: expected.length,
          scored_gmv: sum(expected.map(({ monetary }) => monetary)),
          vip_customers: expected.filter(({ category }) => category === 'VIP').length,
        });
        for (const { segment, customers } of rowsOf('segments'))
          expect({ segment, customers }).toEqual({
            segment,
            customers: expected.filter((customer) => customer.segment === segment).length,
          });
      };
      const computed = await kpi(own, ['rfm']);
      expect(computed.source.kind).toBe('orders');
      check(computed);
      await installOps(own);
      await smsfood(['refresh'], { env: { DATABASE_URL: own.url } });
      const kept = await kpi(own, ['rfm']);
      expect(kept.source).toEqual({ kind: 'summaries', tables: ['ops.customer_rfm_scores'] });
      check(kept);
      check(await kpi(own, ['rfm', '--fresh']));
    } finally {
      await own.drop();
    }
  });

  it('gives no scores for too few customers', async () => {
    const empty = await cloneDatabase();
    try {
      const { values, notes } = await kpi(empty, ['rfm']);
      expect(values).toMatchObject({ scored_customers: 0, scored_gmv: null });
      expect(notes.join()).toMatch(/quintiles need at least 100/);
    } finally {
      await empty.drop();
    }
  });
});

it('an empty marketplace has no numbers that are not there', async () => {
  const empty = await cloneDatabase('newer');
  try {
    for (const report of [
      'overview',
      'revenue',
      'customers',
      'cohorts',
      'menu',
      'sms',
      'businesses',
      'funnel',
      'fulfilment',
      'forecast',
    ]) {
      const { metrics } = await kpi(empty, [report]);
      const wrong = metrics.filter(({ unit, value }) => ['ratio', 'number', 'hours'].includes(unit) && value !== null);
      expect({ report, wrong }).toEqual({ report, wrong: [] });
    }
  } finally {
    await empty.drop();
  }
});
