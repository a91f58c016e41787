import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { type RefreshDocument, type SummaryWorld, seed, summaryWorld } from '../summaries/world.js';

const changesOf = ({ tables }: RefreshDocument) =>
  Object.fromEntries(tables.map(({ name, changed, removed }) => [name, [changed, removed]]));
const NOTHING = {
  daily_order_stats: [0, 0],
  customer_rfm_scores: [0, 0],
  business_health: [0, 0],
  kpi_snapshots: [0, 0],
};

/** Orders in any state, everywhere in the year, as the platform writes them: each change with its updatedAt. */
const MUTATIONS: readonly (readonly [string, string])[] = [
  [
    'orders are added, also of long ago',
    `INSERT INTO orders (id, "customerId", "businessId", "menuId", items, "totalAmount", "platformFee", status, "createdAt", "updatedAt")
     SELECT 'added' || n || o.id, o."customerId", o."businessId", o."menuId", o.items, o."totalAmount" + n, o."platformFee", o.status,
       o."createdAt" - n * interval '31 hours', now() AT TIME ZONE 'UTC'
     FROM orders o, generate_series(1, 2) n WHERE hashtext(o.id) % 40 = 0`,
  ],
  [
    'statuses move on',
    `UPDATE orders SET status = 'DELIVERED', "updatedAt" = now() AT TIME ZONE 'UTC'
     WHERE status IN ('PAID', 'PREPARING', 'READY') OR hashtext(id) % 23 = 0`,
  ],
  [
    'orders are cancelled, first ones of customers among them',
    `UPDATE orders SET status = 'CANCELLED', "updatedAt" = now() AT TIME ZONE 'UTC'
     WHERE id IN (SELECT DISTINCT ON ("customerId") id FROM orders WHERE status = 'DELIVERED' AND hashtext("customerId") % 9 = 0
                  ORDER BY "customerId", "createdAt", id)`,
  ],
  [
    'cancelled orders come back',
    `UPDATE orders SET status = 'PAID', "updatedAt" = now() AT TIME ZONE 'UTC' WHERE status = 'CANCELLED' AND hashtext(id) % 2 = 0`,
  ],
  [
    'amounts, fees and businesses are corrected',
    `UPDATE orders SET "totalAmount" = "totalAmount" + 7, "platformFee" = 11, "businessId" = (SELECT min(id) FROM business_customers),
       "updatedAt" = now() AT TIME ZONE 'UTC' WHERE hashtext(id) % 17 = 0`,
  ],
  [
    'businesses and customers change, messages arrive',
    `UPDATE business_customers SET "subscriptionStatus" = 'ACTIVE', "subscriptionTier" = NULL, "assignedPhoneNumber" = ' '
       WHERE id = (SELECT min(id) FROM business_customers);
     UPDATE customers SET "isActive" = false WHERE hashtext(id) % 5 = 0;
     INSERT INTO sms_logs (id, direction, message, status) VALUES ('arrived', 'INBOUND', 'menu', 'RECEIVED')`,
  ],
];

const ALL_MUTATIONS = ['all of that happens', MUTATIONS.map(([, sql]) => sql).join(';')] as const;

describe.each([
  ['production', 'none'],
  ['production', 'every'],
  ['newer', 'every'],
] as const)('on the %s generation with damage: %s', (generation, damage) => {
  let world: SummaryWorld;
  let first: RefreshDocument;
  beforeAll(async () => {
    world = await summaryWorld(generation);
    await seed(world, damage);
    first = await world.refresh();
  });
  afterAll(() => world.drop());

  it('every number of every table is that of independent SQL', async () => {
    const { present, expected } = await world.compare(first);
    expect(present).toEqual(expected);
    expect(first).toMatchObject({
      scope: { kind: 'full', since: null, reason: 'never refreshed before' },
      days: null,
      watermark: { before: null, after: first.run.now },
    });
    for (const { name, changed, removed, rows } of first.tables) {
      expect({ name, changed, removed }).toEqual({ name, changed: rows, removed: 0 });
      expect(rows).toBeGreaterThan(10);
    }
  });

  it('the second time changes nothing, by what changed as by all orders', async () => {
    const standing = (rows: readonly string[]) =>
      rows.filter((row) => !/^(?:rfm_days|summaries|watermarks) /.test(row));
    const before = standing(await world.kept());
    for (const args of [[], ['--full'], ['--since', '2000-01-01T00:00:00Z']]) {
      expect(changesOf(await world.refresh(args))).toEqual(NOTHING);
      expect(standing(await world.kept())).toEqual(before);
    }
  });

  // The statements are the same: each by itself on one of them, all in one on another.
  const isThorough = generation === 'production' && damage === 'every';
  const mutations = isThorough ? MUTATIONS : damage === 'every' ? [ALL_MUTATIONS] : [];
  it.each(mutations)('is exact when %s', async (_what, sql) => {
    await world.query(sql);
    const document = await world.refresh();
    expect(document.scope.kind).toBe('since');
    const { present, expected } = await world.compare(document);
    expect(present).toEqual(expected);
    expect(changesOf(document)).not.toEqual(NOTHING);
    expect(changesOf(await world.refresh(['--full']))).toEqual(NOTHING);
  });

  if (!isThorough) return;
  it('goes by the time zone and the sold statuses of the configuration, and looks at all orders when they change', async () => {
    const definitions = { timezone: 'Asia/Kolkata', sold: ['DELIVERED', 'CONFIRMED'] } as const;
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({ timezone: definitions.timezone, soldStatuses: definitions.sold }),
    });
    const other = await world.refresh(['--since', new Date().toISOString()], {}, cwd);
    expect(other.scope).toMatchObject({
      kind: 'full',
      reason: 'the time zone or the sold statuses are others than before',
    });
    const { present, expected } = await world.compare(other, definitions);
    expect(present).toEqual(expected);
    // The order in which the statuses are written means nothing.
    const reordered = temporaryFolder({
      'smsfood.config.json': JSON.stringify({
        ...definitions,
        soldStatuses: ['CONFIRMED', 'DELIVERED'],
        sold: undefined,
      }),
    });
    expect((await world.refresh([], {}, reordered)).scope.kind).toBe('since');
    const back = await world.refresh();
    expect(back.scope.kind).toBe('full');
    const restored = await world.compare(back);
    expect(restored.present).toEqual(restored.expected);
  });
});
