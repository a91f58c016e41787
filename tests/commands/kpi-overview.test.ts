import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneDatabase, installOps, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { startProgram } from '../harness/process.js';
import { smsfood } from '../harness/run.js';
import { kpi, readKpi } from '../kpi/expected.js';

const ZONE = 'America/New_York';
const SOLD = `('PAID', 'PREPARING', 'READY', 'DELIVERED')`;

/** A statement of its own for each number; $1 is the zone, $2 the clock, $3 where today's numbers end. */
const INDEPENDENT: Readonly<Record<string, string>> = {
  total_customers: 'SELECT count(id) FROM customers',
  active_customers: 'SELECT count(id) FROM customers WHERE "isActive" IS TRUE',
  total_orders: 'SELECT count(id) FROM orders',
  paid_orders: `SELECT count(id) FROM orders WHERE status IN ${SOLD}`,
  total_revenue: `SELECT sum("totalAmount") FROM orders WHERE status IN ${SOLD}`,
  todays_orders: `SELECT count(id) FROM orders WHERE date_trunc('day', ("createdAt"::text || '+00')::timestamptz AT TIME ZONE $1) = date_trunc('day', $2::timestamptz AT TIME ZONE $1) AND "createdAt"::text < replace($3, 'T', ' ')`,
  sms_today: `SELECT count(id) FROM sms_logs WHERE date_trunc('day', ("createdAt"::text || '+00')::timestamptz AT TIME ZONE $1) = date_trunc('day', $2::timestamptz AT TIME ZONE $1) AND "createdAt"::text < replace($3, 'T', ' ')`,
  platform_fees: `SELECT sum(coalesce("platformFee", 0)) FROM orders WHERE status IN ${SOLD}`,
  aov: `SELECT avg("totalAmount") FROM orders WHERE status IN ${SOLD}`,
  businesses_total: 'SELECT count(id) FROM business_customers',
  businesses_with_number: `SELECT count(id) FROM business_customers WHERE "assignedPhoneNumber" ~ '\\S'`,
  businesses_without_number: `SELECT count(id) FROM business_customers WHERE "assignedPhoneNumber" IS NULL OR "assignedPhoneNumber" !~ '\\S'`,
  active_subscriptions: `SELECT count(id) FROM business_customers WHERE "subscriptionStatus" ILIKE 'active'`,
  mrr: `SELECT 3500 * count(*) FILTER (WHERE "subscriptionTier" = 'starter') + 9500 * count(*) FILTER (WHERE "subscriptionTier" = 'pro') FROM business_customers WHERE "subscriptionStatus" ILIKE 'active'`,
};

async function independent(
  database: TestDatabase,
  clock: string,
  until = clock,
): Promise<Record<string, number | null>> {
  const values = [];
  for (const [id, statement] of Object.entries(INDEPENDENT)) {
    const { rows } = await database.query<{ value: number | null }>(
      `SELECT (${statement})::float8 AS value FROM (SELECT $1::text, $2::text, $3::text) AS parameters`,
      [ZONE, clock, until],
    );
    values.push([id, rows[0]?.value ?? null]);
  }
  return Object.fromEntries(values);
}

function near(values: Record<string, number | null>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([id, value]) => [id, value === null ? null : expect.closeTo(value, 6)]),
  );
}

async function seeded(generation: 'production' | 'newer', damage: 'none' | 'every', now: Date): Promise<TestDatabase> {
  const database = await cloneDatabase(generation);
  await seedMarketplace(await database.connect(), {
    ...{ customers: 150, orders: 900, days: 60, damage, seed: 3 },
    ...{ now, timezone: ZONE },
  });
  return database;
}

/** Both clock changes: the 8th of March has 23 hours, the 1st of November 25. */
const CLOCKS = ['2026-03-08T05:30:00Z', '2026-03-09T03:59:59Z', '2026-11-01T06:30:00Z', '2026-11-02T04:59:59Z'];
/** On each side of each midnight. */
const EDGES = [
  ...['2026-03-08T04:59:59.999', '2026-03-08T05:00:00', '2026-03-09T03:59:58.999', '2026-03-09T04:00:00'],
  ...[
    '2026-11-01T03:59:59.999',
    '2026-11-01T04:00:00',
    '2026-11-01T05:30:00',
    '2026-11-02T04:59:58',
    '2026-11-02T05:00:00',
  ],
];
const MAKE = `SELECT make('orders', jsonb_build_object('id', $1::text, 'createdAt', $2::text, 'customerId', (SELECT min(id) FROM customers),
    'businessId', (SELECT min(id) FROM business_customers), 'menuId', (SELECT min(id) FROM menus), 'items', '[]'::jsonb)),
  make('sms_logs', jsonb_build_object('id', $1, 'createdAt', $2, 'customerId', (SELECT min(id) FROM customers)))`;

describe.each([
  ['production', 'none'],
  ['newer', 'every'],
  ['production', 'every'],
] as const)('kpi overview on the %s generation, damage %s', (generation, damage) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await seeded(generation, damage, new Date('2026-03-09T03:30:00Z'));
    // Subscriptions as they are found: other cases, no tier, a blank number.
    await database.query(
      `UPDATE business_customers SET "subscriptionStatus" = 'ACTIVE' WHERE id IN (SELECT id FROM business_customers WHERE "subscriptionStatus" = 'active' ORDER BY id LIMIT 2);
       UPDATE business_customers SET "subscriptionTier" = NULL WHERE id = (SELECT id FROM business_customers WHERE "subscriptionStatus" = 'active' ORDER BY id DESC LIMIT 1);
       UPDATE business_customers SET "assignedPhoneNumber" = ' ' WHERE id = (SELECT min(id) FROM business_customers)`,
    );
    for (const [index, time] of EDGES.entries()) await database.query(MAKE, [`edge-${index}`, time]);
  });
  afterAll(() => database.drop());

  it.each(CLOCKS)('is what SQL of its own says at %s', async (clock) => {
    const expected = near(await independent(database, clock));
    const zone = process.env.TZ;
    for (const TZ of ['America/New_York', 'UTC', 'Asia/Kolkata']) {
      vi.stubEnv('TZ', TZ);
      const { values, asOf, source } = await kpi(database, ['--as-of', clock]);
      expect({ TZ, ids: Object.keys(values) }).toEqual({ TZ, ids: Object.keys(INDEPENDENT) });
      expect({ TZ, asOf: Date.parse(asOf), kind: source.kind }).toEqual({
        TZ,
        asOf: Date.parse(clock),
        kind: 'orders',
      });
      expect({ TZ, values }).toEqual({ TZ, values: expected });
    }
    vi.unstubAllEnvs();
    expect(process.env.TZ).toBe(zone);
  });

  it('counts one business', async () => {
    const { rows } = await database.query<{ id: string }>(
      `SELECT "businessId" AS id FROM orders WHERE "businessId" IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`,
    );
    const id = rows[0]?.id ?? '';
    const { values, business } = await kpi(database, ['--business', id]);
    const { rows: own } = await database.query(
      `SELECT count(*)::int AS total_orders, count(*) FILTER (WHERE status IN ${SOLD})::int AS paid_orders,
         sum("totalAmount") FILTER (WHERE status IN ${SOLD})::int AS total_revenue, coalesce(sum("platformFee") FILTER (WHERE status IN ${SOLD}), 0)::int AS platform_fees
       FROM orders WHERE "businessId" = $1`,
      [id],
    );
    const { rows: theirs } = await database.query<{ n: number }>(
      generation === 'newer'
        ? `SELECT count(*)::int AS n FROM customers WHERE "businessId" = $1`
        : `SELECT count(DISTINCT c.id)::int AS n FROM customers c JOIN orders o ON o."customerId" = c.id WHERE o."businessId" = $1`,
      [id],
    );
    expect(business).toBe(id);
    expect(values).toMatchObject({ ...own[0], total_customers: theirs[0]?.n, businesses_total: 1 });
    // Who a message is for is known in the newer schema only.
    expect(values.sms_today === null).toBe(generation === 'production');
  });
});

describe('from the summaries', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await seeded('production', 'every', new Date());
    await installOps(database);
    await smsfood(['refresh'], { env: { DATABASE_URL: database.url } });
  });
  afterAll(() => database.drop());

  it('is the same, says where it comes from, and --fresh reads the tables', async () => {
    const kept = await kpi(database, []);
    expect(kept.source).toEqual({ kind: 'summaries', tables: ['ops.kpi_snapshots', 'ops.daily_order_stats'] });
    expect(kept.values).toEqual(near(await independent(database, new Date().toISOString(), '2999')));
    const live = await kpi(database, ['--fresh']);
    expect(live.source).toEqual({ kind: 'orders', tables: [] });
    expect(live.values).toEqual(kept.values);
    expect(Date.parse(kept.asOf)).toBeLessThan(Date.parse(live.asOf));
    expect(kept.period).toMatchObject({ end: kept.asOf, isPartial: true });
    const days = kept.rowsOf('days');
    expect(days).toHaveLength(28);
    const { rows } = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM orders WHERE ("createdAt" AT TIME ZONE 'UTC' AT TIME ZONE '${ZONE}')::date = $1::text::date`,
      [days.at(-1)?.day],
    );
    expect(days.at(-1)?.orders).toBe(rows[0]?.n);
  });

  it.each([
    [['revenue']],
    [['revenue', '--by', 'week', '--compare', 'prior']],
    [['revenue', '--by', 'month']],
    [['forecast']],
  ])('%j is the same from the summaries, but for the median', async (args) => {
    const [kept, live] = [await kpi(database, args), await kpi(database, [...args, '--fresh'])];
    expect([kept.source.kind, live.source.kind]).toEqual(['summaries', 'orders']);
    expect({ ...kept.values, aov_median: null }).toEqual({ ...live.values, aov_median: null });
    expect({ ...kept.before, aov_median: null }).toEqual({ ...live.before, aov_median: null });
    expect(kept.series).toEqual(live.series);
    expect(live.series.some(({ rows }) => rows.some(({ gmv }) => Number(gmv) > 0))).toBe(true);
  });

  it('of one business too', async () => {
    const { rows } = await database.query<{ id: string }>(
      `SELECT "businessId" AS id FROM orders WHERE "businessId" IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`,
    );
    const args = ['revenue', '--by', 'month', '--business', rows[0]?.id ?? ''];
    const [kept, live] = [await kpi(database, args), await kpi(database, [...args, '--fresh'])];
    expect(kept.source.tables).toEqual(['ops.daily_order_stats']);
    expect(kept.series).toEqual(live.series);
    expect(kept.values.gmv).toBe(live.values.gmv);
    expect(kept.values.gmv).toBeGreaterThan(0);
  });

  it('a running period is read from the orders', async () => {
    const { rows } = await database.query<{ day: string }>(`SELECT (now() AT TIME ZONE '${ZONE}')::date::text AS day`);
    expect((await kpi(database, ['revenue', '--from', rows[0]?.day ?? ''])).source.kind).toBe('orders');
  });

  it('stays as of the refresh while orders keep arriving', async () => {
    const before = await kpi(database, []);
    await database.query(MAKE, ['arrived', new Date().toISOString().replace('Z', '')]);
    const after = await kpi(database, []);
    expect(after).toMatchObject({ asOf: before.asOf, values: before.values });
    const live = await kpi(database, ['--fresh']);
    expect(live.values.total_orders).toBe((before.values.total_orders ?? 0) + 1);
    expect(live.values.todays_orders).toBe((before.values.todays_orders ?? 0) + 1);
  });

  it.each([
    ['refreshed too long ago', `UPDATE ops.summaries SET refreshed_at = refreshed_at - interval '61 minutes'`, {}],
    ['other sold statuses', '', { soldStatuses: ['PAID'] }],
    ['another time zone', '', { timezone: 'Asia/Kolkata' }],
    [
      'kpi.freshMinutes',
      `UPDATE ops.summaries SET refreshed_at = refreshed_at - interval '5 minutes'`,
      { kpi: { freshMinutes: 4 } },
    ],
  ])('are passed over: %s', async (_why, change, config) => {
    const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify(config) });
    const { rows } = await database.query<{ at: string }>('SELECT max(refreshed_at)::text AS at FROM ops.summaries');
    try {
      if (change !== '') await database.query(change);
      expect((await kpi(database, [], { cwd })).source.kind).toBe('orders');
    } finally {
      await database.query('UPDATE ops.summaries SET refreshed_at = $1::text::timestamptz', [rows[0]?.at]);
    }
    expect((await kpi(database, [])).source.kind).toBe('summaries');
  });

  it('compares totals with the snapshot of a week ago', async () => {
    const { comparedWith, values } = await kpi(database, []);
    await database.query(
      `INSERT INTO ops.kpi_snapshots SELECT $1::text::date, kpi_id, value / 2, unit, computed_at FROM ops.kpi_snapshots WHERE day > $1::text::date`,
      [comparedWith?.from],
    );
    for (const args of [[], ['--fresh']]) {
      const { metrics, notes } = await kpi(database, args);
      const mrr = metrics.find(({ id }) => id === 'mrr');
      expect(mrr).toMatchObject({ previous: (values.mrr ?? 0) / 2, change: 1, changeUnit: 'ratio' });
      expect(notes).toEqual([`Totals are compared with the snapshot of ${comparedWith?.from}.`]);
    }
    expect((await kpi(database, ['--compare', 'none'])).metrics.every(({ previous }) => previous === null)).toBe(true);
  });

  it('the zone of a process of its own changes nothing', async () => {
    const clock = '2026-11-02T04:30:00Z';
    const { code, stdout, stderr } = await startProgram(['kpi', '--as-of', clock, '--format', 'json'], {
      env: { DATABASE_URL: database.url, TZ: 'Asia/Kolkata' },
    }).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readKpi(stdout).metrics).toEqual((await kpi(database, ['--as-of', clock])).metrics);
  });
});
