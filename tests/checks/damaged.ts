import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneDatabase, cloneWithOps, type TestDatabase } from '../harness/database.js';
import { FIXTURE_CLOCK } from './fixtures.js';

/** A small marketplace in which nearly every check of the catalogue finds something. Some judge tables of `ops`. */
export async function damagedDatabase(
  generation: 'production' | 'newer' = 'production',
  { ops = false } = {},
): Promise<TestDatabase> {
  const database = await (ops ? cloneWithOps : cloneDatabase)(generation);
  await seedMarketplace(await database.connect(), {
    customers: 80,
    orders: 500,
    days: 60,
    damage: 'every',
    seed: 11,
    now: new Date(FIXTURE_CLOCK),
    timezone: 'America/New_York',
  });
  if (ops) await database.query(`${STALE_SUMMARIES};${SILENT_INBOX}`);
  return database;
}

const STALE_SUMMARIES = `
  INSERT INTO ops.summaries (name, timezone, sold_statuses, refreshed_at) VALUES
    ('daily_order_stats', 'America/New_York', '{DELIVERED,PAID,PREPARING,READY}', '2026-03-08T08:15:00Z'),
    ('customer_rfm_scores', 'America/New_York', '{DELIVERED,PAID}', '2026-03-10T03:15:00Z'),
    ('business_health', 'America/Denver', '{DELIVERED,PAID,PREPARING,READY}', '2026-03-10T08:15:00Z')`;

/** An event every 20 minutes for four weeks, and none since 08:40 of the day. */
const SILENT_INBOX = `
  INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, next_attempt_at, status, dead_reason, task, verified_by, content_hash)
  SELECT CASE WHEN n % 3 = 0 THEN 'twilio' ELSE 'stripe' END, 'key ' || n, 'charge.refunded', at, at, at + interval '1 hour',
    CASE WHEN n % 50 = 0 THEN 'dead' WHEN n % 900 = 1 THEN 'pending' ELSE 'processed' END, CASE WHEN n % 50 = 0 THEN 'attempts' END,
    CASE WHEN n % 70 = 0 THEN 'refund needed' END, 'secret 1', ''
  FROM generate_series(1, 2000) n, LATERAL (SELECT timestamptz '2026-03-10T09:00:00Z' - n * interval '20 minutes' AS at) AS moment`;
