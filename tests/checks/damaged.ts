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
  return database;
}
