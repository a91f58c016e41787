import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { damagedDatabase } from './damaged.js';
import { checksFolder, checkText, judge, verdicts } from './judge.js';

/** An hour before the fixtures' clock. */
const SINCE = '2026-03-10T14:00:00Z';
const NEW = '2026-03-10T14:30:00';
const OLD = '2026-03-01T12:00:00';

describe('rows that are new', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneDatabase();
    await database.query(`
      SELECT make('customers', '{"id": "touched", "totalOrders": 9, "totalSpent": 9}'), make('customers', '{"id": "untouched", "totalOrders": 9, "totalSpent": 9}'),
        make('orders', '{"id": "old-fee", "customerId": "untouched", "platformFee": null, "createdAt": "${OLD}"}'),
        make('orders', '{"id": "new-fee", "customerId": "touched", "platformFee": null, "createdAt": "${NEW}"}'),
        make('orders', '{"id": "updated-fee", "platformFee": null, "createdAt": "${OLD}", "updatedAt": "${NEW}"}'),
        make('orders', '{"id": "first", "createdAt": "2026-03-10T13:59:30", "totalAmount": 7000, "platformFee": 140}'),
        make('orders', '{"id": "again", "createdAt": "2026-03-10T14:00:30", "totalAmount": 7000, "platformFee": 140}'),
        make('orders', '{"id": "old-first", "createdAt": "2026-03-02T13:00:00", "totalAmount": 8000, "platformFee": 160}'),
        make('orders', '{"id": "old-again", "createdAt": "2026-03-02T13:01:00", "totalAmount": 8000, "platformFee": 160}'),
        make('customers', '{"id": "old-twin", "phoneNumber": "+14045550001", "createdAt": "${OLD}"}'),
        make('customers', '{"id": "new-twin", "phoneNumber": "404-555-0001", "createdAt": "${NEW}"}'),
        make('customers', '{"id": "a-twin-of-old", "phoneNumber": "+14045550002", "createdAt": "${OLD}"}'),
        make('customers', '{"id": "b-twin-of-old", "phoneNumber": "14045550002", "createdAt": "${OLD}"}')`);
  });
  afterAll(() => database.drop());

  const keys = (samples: readonly Record<string, unknown>[] | undefined) => samples?.map(({ id }) => id);

  it('are counted, among the rows that are new', async () => {
    const [all, since] = [
      await judge(database, ['orders.platform-fee-missing']),
      await judge(database, ['orders.platform-fee-missing', '--since', SINCE]),
    ];
    expect(all.results[0]).toMatchObject({ violations: 3, rows: 7, scope: 'all' });
    expect(since.results[0]).toMatchObject({ violations: 2, rows: 3, scope: 'since', cents: 100 });
    expect(keys(since.results[0]?.samples)).toEqual(['new-fee', 'updated-fee']);
    expect(since.run.since).toBe('2026-03-10T14:00:00.000Z');
    expect(since.notes).toEqual([]);
  });

  it('a boundary belongs to what is new', async () => {
    const at = await judge(database, ['orders.platform-fee-missing', '--since', `${NEW}Z`]);
    const behind = await judge(database, ['orders.platform-fee-missing', '--since', '2026-03-10T10:30:01-04:00']);
    expect([at.results[0]?.violations, behind.results[0]?.violations]).toEqual([2, 0]);
    expect([at.results[0]?.rows, behind.results[0]?.rows]).toEqual([2, 0]);
  });

  it('drift is judged for the customers whose orders changed', async () => {
    const { results } = await judge(database, [
      'customers.total-orders-drift',
      'customers.total-spent-drift',
      '--since',
      SINCE,
    ]);
    for (const result of results) {
      expect(keys(result.samples)).toEqual(['touched']);
      expect(result.violations).toBe(1);
      expect(result.rows).toBe(3); // touched, new-twin, and the default customer of the other new orders
    }
    const whole = await judge(database, ['customers.total-orders-drift']);
    expect(keys(whole.results[0]?.samples)).toEqual(['touched', 'untouched']);
  });

  it('a duplicate is found where an old row is what a new one repeats, and not between old rows', async () => {
    const args = ['orders.possible-duplicate', 'customers.duplicate-phone'];
    const [all, since] = [await judge(database, args), await judge(database, [...args, '--since', SINCE])];
    expect(keys(all.byId.get('orders.possible-duplicate')?.samples)).toEqual(['again', 'old-again']);
    expect(keys(since.byId.get('orders.possible-duplicate')?.samples)).toEqual(['again']);
    expect(all.byId.get('customers.duplicate-phone')?.violations).toBe(4);
    expect(keys(since.byId.get('customers.duplicate-phone')?.samples)).toEqual(['new-twin', 'old-twin']);
  });

  it('parameters that differ keep their own scan', async () => {
    const since = 'SELECT id FROM orders WHERE "createdAt" >= :since - :reach';
    const text = (reach: string) =>
      checkText('SELECT id FROM orders WHERE "platformFee" IS NULL', {
        since,
        params: `{reach: {interval: ${reach}}}`,
      });
    const folder = checksFolder({ 'own/near': text('1 minute'), 'own/far': text('30 days') });
    const { byId } = await judge(database, ['own', '--checks', folder, '--since', SINCE]);
    expect(byId.get('own.near')).toMatchObject({ violations: 1, rows: 3 });
    expect(byId.get('own.far')).toMatchObject({ violations: 3, rows: 7 });
  });

  it('more violations than are gathered in one scan are sampled all the same', async () => {
    const many = await cloneDatabase();
    try {
      await many.query(`SELECT make('orders', '{"id": "model", "platformFee": null}');
        INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', 'o' || lpad(n::text, 5, '0'), 'createdAt', CASE WHEN n <= 4000 THEN '${OLD}' ELSE '${NEW}' END, 'updatedAt', '${OLD}'))).*
        FROM orders o, generate_series(1, 8000) n`);
      // Its rows show neither createdAt nor updatedAt: the narrowing must not need them.
      const folder = checksFolder({
        'own/fee': checkText('SELECT id, status AS state FROM orders AS o WHERE o."platformFee" IS NULL'),
      });
      const { results } = await judge(many, ['own', '--checks', folder, '--since', SINCE, '--sample', '2']);
      expect(results[0]).toMatchObject({
        violations: 4000,
        rows: 4000,
        samples: [
          { id: 'o04001', state: 'DELIVERED' },
          { id: 'o04002', state: 'DELIVERED' },
        ],
      });
    } finally {
      await many.drop();
    }
  });

  it('with a baseline: what is new and not known', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'baseline.json');
    const written = await smsfood(
      [
        'check',
        'orders.platform-fee-missing',
        'orders.possible-duplicate',
        '--write-baseline',
        file,
        '--as-of',
        '2026-03-10T15:00:00Z',
      ],
      { env: { DATABASE_URL: database.url } },
    );
    expect(written.code).toBe(0);
    const { results, code } = await judge(database, [
      'orders.platform-fee-missing',
      'orders.possible-duplicate',
      '--since',
      SINCE,
      '--baseline',
      file,
    ]);
    expect(code).toBe(0);
    expect(results.map(({ violations, rows, baseline }) => ({ violations, rows, baseline }))).toEqual([
      { violations: 2, rows: 3, baseline: { known: 2, new: 0, gone: null, expired: 0 } },
      { violations: 1, rows: 3, baseline: { known: 1, new: 0, gone: null, expired: 0 } },
    ]);
  });
});

describe('on damage of every kind', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await damagedDatabase();
  });
  afterAll(() => database.drop());

  it('since the beginning is the same as everything, for every check', async () => {
    const [all, since] = [await judge(database), await judge(database, ['--since', '1970-01-01T00:00:00Z'])];
    // Where a check of its own says which rows are touched, only those with something to compare are looked at.
    const compared = [
      'businesses.shared-number',
      'customers.duplicate-email',
      'phones.several-per-business',
      'sms.duplicate-provider-id',
    ];
    const withoutRows = ({ rows, ...result }: Record<string, unknown>) =>
      compared.includes(String(result.id)) ? result : { rows, ...result };
    expect(verdicts(since).map(withoutRows)).toEqual(verdicts(all).map(withoutRows));
    for (const id of compared) expect(since.byId.get(id)?.rows).toBeLessThan(all.byId.get(id)?.rows ?? 0);
  });

  it('since now finds only what could not be narrowed, and names it', async () => {
    const { results, notes } = await judge(database, ['--since', '2999-01-01T00:00:00Z']);
    const whole = results.filter(({ scope, status }) => scope === 'all' && status !== 'skipped').map(({ id }) => id);
    expect(notes).toEqual([`--since could not narrow these checks, which looked at everything: ${whole.join(', ')}.`]);
    expect(whole).toEqual([
      'menu-items.price-negative',
      'menu-items.price-too-high',
      'menus.today-missing',
      'orders.daily-count-anomaly',
      'orders.daily-revenue-anomaly',
      'orders.freshness',
      'schema.drift',
      'sms.delivery-rate',
      'sms.failure-rate',
      'sms.freshness',
    ]);
    for (const result of results.filter(({ scope }) => scope === 'since')) {
      expect(result).toMatchObject({ id: result.id, status: 'pass', violations: 0, rows: 0 });
    }
  });

  it('judges a part as it judges the whole: what is counted is counted there too', async () => {
    const [all, since] = [await judge(database), await judge(database, ['--since', '2026-03-01T00:00:00Z'])];
    for (const result of since.results) {
      const whole = all.byId.get(result.id);
      expect(result.error, result.id).toBeNull();
      expect(result.violations ?? 0, result.id).toBeLessThanOrEqual(whole?.violations ?? 0);
      expect(result.rows ?? 0, result.id).toBeLessThanOrEqual(whole?.rows ?? 0);
      expect(result.violations ?? 0, result.id).toBeLessThanOrEqual(result.rows ?? Infinity);
    }
  });
});

it.each(['yesterday', '2026-03-10', '2026-03-10T14:00:00', '2026-13-10T14:00:00Z'])(
  'refuses --since %s',
  async (time) => {
    const { code, stderr } = await smsfood(['check', '--since', time], {
      env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    });
    expect(code).toBe(2);
    expect(stderr).toContain('--since');
  },
);
