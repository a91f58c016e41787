import { afterAll, beforeAll, expect, it } from 'vitest';
import { readKnownSchema } from '../../src/catalog/known-schema.js';
import { READERS } from '../../src/catalog/readers.js';
import { placesOf } from '../../src/catalog/use.js';
import { loadParser } from '../../src/checks/sql-text.js';
import { KPI_REPORTS } from '../../src/kpi/index.js';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneDatabase, installOps, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { columnsRead, type Listener, listenTo } from './statements.js';

/** Each command of the list of readers, in a way that changes nothing of the platform. */
const RUNS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(KPI_REPORTS.map(({ id }) => [`kpi ${id}`, ['kpi', id]])),
  ...Object.fromEntries(
    ['orders', 'customers', 'invoices', 'tax', 'sms'].map((each) => [`export ${each}`, ['export', each]]),
  ),
  reconcile: ['reconcile', '--force'],
  segments: ['segments', '--force'],
  'phones list': ['phones', 'list'],
  'phones audit': ['phones', 'audit'],
  'phones recycle': ['phones', 'recycle', '--release-inactive', '--force'],
  refresh: ['refresh', '--full'],
};

let database: TestDatabase;
let listener: Listener;
beforeAll(async () => {
  database = await cloneDatabase();
  await seedMarketplace(await database.connect(), {
    customers: 200,
    orders: 900,
    days: 60,
    damage: 'realistic',
    seed: 1,
    now: new Date(),
    timezone: 'America/New_York',
  });
  await installOps(database);
  // Invoices need to know what businesses subscribed to.
  await database.query(`
    INSERT INTO ops.business_health (day, business_id, subscription_status, subscription_tier, is_active, mrr_cents, has_number,
      monthly_limit, current_usage, orders_28d, sold_orders_28d, gmv_28d_cents, fee_28d_cents, refreshed_at)
    SELECT day::date, b.id, 'active', 'pro', true, 9500, true, 1000, 0, 0, 0, 0, 0, now()
    FROM business_customers b CROSS JOIN generate_series(now() - interval '70 days', now(), interval '1 day') AS day`);
  listener = await listenTo(database.url);
  await loadParser();
});
afterAll(async () => {
  listener.close();
  await database.drop();
});

it('lists every command that is tried here, and no other', () => {
  expect(READERS.map(({ command }) => command).sort()).toEqual(Object.keys(RUNS).sort());
});

it.each(Object.entries(RUNS))('%s reads the columns that the catalog says', async (command, argv) => {
  const tables = new Map(readKnownSchema().map(({ name, columns }) => [name, columns.map((column) => column.name)]));
  listener.take();
  const { code, stderr } = await smsfood(argv, { env: { DATABASE_URL: listener.url }, cwd: temporaryFolder() });
  expect({ isDone: code < 2, stderr }).toMatchObject({ isDone: true });
  const read = columnsRead(listener.take(), tables).filter((place) => !place.startsWith('ops.'));
  const listed = READERS.filter((reader) => reader.command === command).flatMap(placesOf);
  expect(listed.sort()).toEqual(read);
});
