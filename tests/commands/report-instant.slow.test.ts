import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { checkFile, temporaryFolder } from '../harness/folder.js';
import { instantsOf, report } from '../report/page.js';

const SOLD = `status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')`;
const COUNTED = { 'own/sold.sql': metric(`SELECT count(*) AS value FROM orders WHERE ${SOLD}`) };
const HELD = `FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND application_name LIKE 'smsfood/report/%'`;

/** A check that always fails, so that the page shows its number. */
function metric(sql: string): string {
  return checkFile(sql, '--! metric: {unit: orders}\n').replace('--! level: fail', '--! fail: "> -1"');
}

/** While somebody holds the inbox of webhooks, which is read after the KPIs and before the checks, others go on writing. */
describe('a report whose rows change while it is read', () => {
  let database: TestDatabase;
  let holder: pg.Client;
  beforeAll(async () => {
    database = await cloneWithOps('production');
    await seedMarketplace(await database.connect(), {
      ...{ customers: 30, orders: 150, days: 60, damage: 'none', seed: 4, now: new Date() },
      timezone: 'America/New_York',
    });
    holder = await database.connect();
  });
  afterAll(() => database.drop());

  async function count(sql: string): Promise<number> {
    const { rows } = await database.query<{ count: number }>(`SELECT count(*)::int AS count ${sql}`);
    return rows[0]?.count ?? Number.NaN;
  }

  /** Starts a report, and does `work` while it waits for the inbox of webhooks. */
  async function reportWhile(work: (pids: number[]) => Promise<void>) {
    await holder.query('BEGIN; LOCK TABLE ops.webhook_inbox IN ACCESS EXCLUSIVE MODE');
    const folder = temporaryFolder({
      ...COUNTED,
      'smsfood.config.json': JSON.stringify({ checks: { directories: ['.'] } }),
    });
    const running = report(database, ['--config', join(folder, 'smsfood.config.json')], { cwd: folder });
    const waiting = async () =>
      (await database.query<{ pid: number }>(`SELECT pid ${HELD}`, [database.name])).rows.map(({ pid }) => pid);
    await expect.poll(waiting, { timeout: 30_000 }).toHaveLength(1);
    await work(await waiting());
    await holder.query(`INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, next_attempt_at, verified_by, content_hash)
      VALUES ('stripe', gen_random_uuid()::text, 'charge.refunded', now(), now(), now(), 'secret 1', '')`);
    await holder.query('COMMIT');
    return running;
  }

  /** Orders without a fee, placed now: more sold orders, and a finding that was not there. */
  async function placeOrders(): Promise<void> {
    await database.query(`INSERT INTO orders (id, "customerId", "menuId", items, "totalAmount", status, "paymentId", "updatedAt")
      SELECT 'late ' || n, "customerId", "menuId", items, "totalAmount", 'PAID', 'pi_late_' || n, now()
      FROM (SELECT * FROM orders WHERE ${SOLD} LIMIT 1) AS sold, generate_series(1, 7) AS n`);
  }

  it('has KPIs, inbox and checks of one and the same instant', async () => {
    const before = await count(`FROM orders WHERE ${SOLD}`);
    const { code, stderr, page } = await reportWhile(placeOrders);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await count(`FROM orders WHERE ${SOLD}`)).toBe(before + 7);
    const { figure, table, html, warning } = page();
    const findings = new Map(table('Open findings: What was found').map((row) => [row.Check, row.Rows]));
    expect(figure('overview.paid_orders')).toBe(String(before));
    expect(findings.get('own.sold')).toBe(`${before} orders (limit > -1)`);
    expect([...findings.keys()]).not.toContain('orders.platform-fee-missing');
    expect(figure('webhooks.received')).toBe('0');
    expect(warning).toBeNull();
    const instants = instantsOf(html);
    expect(instants.length).toBeGreaterThan(8);
    expect(new Set(instants).size).toBe(1);
  });

  it('whose connection is lost on the way says which chapters are of a later instant', async () => {
    const before = await count(`FROM orders WHERE ${SOLD}`);
    const { code, stderr, page } = await reportWhile(async (pids) => {
      await database.query('DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE id LIKE $1 LIMIT 3)', [
        'late %',
      ]);
      await database.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
    });
    expect({ code, stderr }).toEqual({ code: 3, stderr: 'Not all of it is known: Webhooks. The page says why.\n' });
    const { figure, table, unknown, warning } = page();
    expect(unknown('Webhooks')).toContain('The connection to the database was lost');
    expect(figure('overview.paid_orders')).toBe(String(before));
    expect(warning).toContain(
      'Of a later instant, as the connection was lost on the way: Data quality, Open findings.',
    );
    const rows = table('Open findings: What was found').find(({ Check }) => Check === 'own.sold')?.Rows;
    expect(rows).toBe(`${before - 3} orders (limit > -1)`);
  });

  it('reads the inbox of the primary where the replica shows none, and says that it is of another instant', async () => {
    const role = `reader_${database.name}`;
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    try {
      const received = await count('FROM ops.webhook_inbox');
      const { code, page } = await report(database, [], { env: { REPLICA_URL: database.urlFor(role, 'x') } });
      expect(code).toBe(0);
      const { figure, html } = page();
      expect(figure('webhooks.received')).toBe(String(received));
      expect(html).toMatch(
        /Of another instant than the rest of the page: read from the primary\. REPLICA_URL: permission denied/,
      );
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
