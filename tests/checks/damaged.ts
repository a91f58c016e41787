import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneDatabase, installOps, type TestDatabase } from '../harness/database.js';
import { FIXTURE_CLOCK } from './fixtures.js';

/** A small marketplace in which nearly every check of the catalogue finds something. Some judge tables of `ops`. */
export async function damagedDatabase(
  generation: 'production' | 'newer' = 'production',
  { ops = false } = {},
): Promise<TestDatabase> {
  const database = await cloneDatabase(generation);
  if (ops) await installOps(database);
  await seedMarketplace(await database.connect(), {
    customers: 80,
    orders: 500,
    days: 60,
    damage: 'every',
    seed: 11,
    now: new Date(FIXTURE_CLOCK),
    timezone: 'America/New_York',
  });
  if (ops) await database.query(STALE_SUMMARIES);
  return database;
}

const STALE_SUMMARIES = `
  INSERT INTO ops.summaries (name, timezone, sold_statuses, refreshed_at) VALUES
    ('daily_order_stats', 'America/New_York', '{DELIVERED,PAID,PREPARING,READY}', '2026-03-08T08:15:00Z'),
    ('customer_rfm_scores', 'America/New_York', '{DELIVERED,PAID}', '2026-03-10T03:15:00Z'),
    ('business_health', 'America/Denver', '{DELIVERED,PAID,PREPARING,READY}', '2026-03-10T08:15:00Z')`;
