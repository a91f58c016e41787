import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { FIXTURE_CLOCK } from './fixtures.js';
import { checksFolder, checkText, judge } from './judge.js';

const BaselineSchema = z.object({
  schema: z.literal('smsfood.baseline/1'),
  createdAt: z.string(),
  checks: z.record(
    z.string(),
    z.object({ owner: z.string().nullable(), reason: z.string(), expires: z.string(), keys: z.array(z.string()) }),
  ),
});
const read = (file: string) => BaselineSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

let database: TestDatabase;
let file: string;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  file = join(temporaryFolder(), 'baseline.json');
  await database.query(`TRUNCATE orders, customers CASCADE;
    SELECT make('orders', '{"id": "f1", "platformFee": null}'), make('orders', '{"id": "f2", "platformFee": null}'), make('orders', '{"id": "ok"}'),
      make('customers', '{"id": "t1", "phoneNumber": "+14045550001"}'), make('customers', '{"id": "t2", "phoneNumber": "4045550001"}'),
      make('customers', '{"id": "n1", "name": null}')`);
});

const CHECKS = [
  'orders.platform-fee-missing',
  'orders.platform-fee-wrong',
  'customers.duplicate-phone',
  'customers.name-missing',
];

async function write(args: readonly string[] = CHECKS): Promise<{ code: number; stderr: string }> {
  return smsfood(['check', ...args, '--write-baseline', file, '--as-of', FIXTURE_CLOCK], {
    env: { DATABASE_URL: database.url },
  });
}

/** Some work while the checks of fees are in error. */
async function withoutFees<T>(work: () => Promise<T>): Promise<T> {
  await database.query('ALTER TABLE orders RENAME "platformFee" TO renamed');
  return work().finally(() => database.query('ALTER TABLE orders RENAME renamed TO "platformFee"'));
}

describe('a baseline that is written', () => {
  it('holds the findings by hashed key, with owner, reason and expiry', async () => {
    const { code, stderr } = await write([...CHECKS, '--reason', 'ticket 4711', '--expires', '2026-05-01']);
    expect(code).toBe(0);
    expect(stderr).toContain(`Wrote 4 accepted violations of 2 checks to ${file}`);
    const { createdAt, checks } = read(file);
    expect(createdAt).toBe('2026-03-10T15:00:00.000Z');
    expect(Object.keys(checks)).toEqual(['customers.duplicate-phone', 'orders.platform-fee-missing']);
    expect(checks['orders.platform-fee-missing']).toMatchObject({
      owner: 'finance',
      reason: 'ticket 4711',
      expires: '2026-05-01',
    });
    for (const { keys } of Object.values(checks)) {
      expect(keys).toHaveLength(2);
      expect(keys).toEqual(keys.toSorted());
      for (const key of keys) expect(key).toMatch(/^[0-9a-f]{16}$/);
    }
    expect(readFileSync(file, 'utf8')).not.toMatch(/f1|t1|555/);
  });

  it('says what it cannot accept: a value that fails has no rows', async () => {
    const args = ['orders.freshness', 'customers.duplicate-phone', '--write-baseline', file];
    const { code, stderr } = await smsfood(['check', ...args, '--as-of', '2026-03-20T15:00:00Z'], {
      env: { DATABASE_URL: database.url },
    });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/Wrote 2 accepted violations[^\n]*\nIt still fails, [^\n]*: orders\.freshness\./),
    });
  });

  it('excuses for a quarter by default, and what passes by its threshold needs no excuse', async () => {
    await write();
    const { checks } = read(file);
    expect(Object.values(checks).map(({ expires }) => expires)).toEqual(['2026-06-08', '2026-06-08']);
    expect(checks['customers.name-missing']).toBeUndefined();
  });

  it('is not written where a check could not be judged', async () => {
    const { code, stderr } = await withoutFees(() => write());
    expect(code).toBe(3);
    expect(stderr).toContain(
      'No baseline written: orders.platform-fee-missing, orders.platform-fee-wrong could not be judged.',
    );
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    [['--since', '2026-03-09T00:00:00Z'], /cannot be used with --since/],
    [['--expires', '2026-03-10'], /--expires: 2026-03-10 is not in the future/],
    [['--expires', 'tomorrow'], /--expires/],
    [['--reason', ''], /--reason/],
  ])('refuses %j before anything is sent', async (args, message) => {
    const { code, stderr } = await smsfood(['check', '--write-baseline', file, '--as-of', FIXTURE_CLOCK, ...args], {
      env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(file)).toBe(false);
  });
});

describe('a run with a baseline', () => {
  it('passes while there is nothing new', async () => {
    await write();
    const judged = await judge(database, [...CHECKS, '--baseline', file]);
    expect(judged).toMatchObject({ code: 0, exitCode: 0 });
    expect(judged.byId.get('orders.platform-fee-missing')).toMatchObject({
      status: 'pass',
      violations: 2,
      cents: 100,
      samples: [],
      baseline: { known: 2, new: 0, gone: 0, expired: 0 },
    });
    expect(judged.byId.get('customers.duplicate-phone')).toMatchObject({
      status: 'pass',
      violations: 2,
      baseline: { known: 2, new: 0, gone: 0, expired: 0 },
    });
    expect(judged.byId.get('customers.name-missing')?.baseline).toBeNull();
  });

  it('fails on a new violation, and shows only that', async () => {
    await write();
    await database.query(
      `SELECT make('orders', '{"id": "f3", "platformFee": null}'), make('customers', '{"id": "t3", "phoneNumber": "14045550001"}')`,
    );
    const judged = await judge(database, [...CHECKS, '--baseline', file]);
    expect(judged.code).toBe(1);
    expect(judged.byId.get('orders.platform-fee-missing')).toMatchObject({
      status: 'fail',
      violations: 3,
      baseline: { known: 2, new: 1, gone: 0 },
    });
    expect(judged.byId.get('orders.platform-fee-missing')?.samples.map(({ id }) => id)).toEqual(['f3']);
    expect(judged.byId.get('customers.duplicate-phone')?.samples.map(({ id }) => id)).toEqual(['t3']);
    const shown = await smsfood(['check', ...CHECKS, '--baseline', file, '--as-of', FIXTURE_CLOCK], {
      env: { DATABASE_URL: database.url },
      columns: 120,
    });
    expect(shown.stdout).toContain('Baseline: 2 known, 1 new.');
  });

  it('reports what is gone', async () => {
    await write();
    await database.query(
      `UPDATE orders SET "platformFee" = 50 WHERE id = 'f1'; UPDATE customers SET "phoneNumber" = '+14045559999' WHERE id = 't2'`,
    );
    const judged = await judge(database, [...CHECKS, '--baseline', file]);
    expect(judged.code).toBe(0);
    expect(judged.byId.get('orders.platform-fee-missing')?.baseline).toEqual({ known: 1, new: 0, gone: 1, expired: 0 });
    expect(judged.byId.get('customers.duplicate-phone')?.baseline).toEqual({ known: 0, new: 0, gone: 2, expired: 0 });
  });

  it('counts everything again from the day on which it expires', async () => {
    await write([...CHECKS, '--expires', '2026-03-12']);
    const before = await judge(database, [...CHECKS, '--baseline', file], { clock: '2026-03-11T23:59:59Z' });
    const after = await judge(database, [...CHECKS, '--baseline', file], { clock: '2026-03-12T00:00:00Z' });
    expect([before.code, after.code]).toEqual([0, 1]);
    expect(after.byId.get('orders.platform-fee-missing')).toMatchObject({
      status: 'fail',
      violations: 2,
      baseline: { known: 0, new: 2, gone: 0, expired: 2 },
    });
    expect(after.byId.get('orders.platform-fee-missing')?.samples).toHaveLength(2);
  });

  it('compares the share of what is new with a threshold in percent', async () => {
    const folder = checksFolder({
      'own/fee': checkText('SELECT id FROM orders WHERE "platformFee" IS NULL', { level: null, fail: '"> 25%"' }),
    });
    await write(['own', '--checks', folder]);
    await database.query(`SELECT make('orders', '{"id": "f3", "platformFee": null}')`);
    const quarter = await judge(database, ['own', '--checks', folder, '--baseline', file]);
    expect(quarter.results).toMatchObject([{ status: 'pass', violations: 3, rows: 4, baseline: { known: 2, new: 1 } }]);
    await database.query(`SELECT make('orders', '{"id": "f4", "platformFee": null}')`);
    const more = await judge(database, ['own', '--checks', folder, '--baseline', file]);
    expect(more.results).toMatchObject([{ status: 'fail', violations: 4, rows: 5, baseline: { known: 2, new: 2 } }]);
  });

  it('knows rows whose key is shared or missing', async () => {
    const folder = checksFolder({
      'own/business': checkText('SELECT "businessId", id FROM orders WHERE "totalAmount" > 0', { key: 'businessId' }),
    });
    await database.query(`UPDATE orders SET "businessId" = NULL WHERE id = 'ok'`);
    await write(['own', '--checks', folder]);
    expect(read(file).checks['own.business']?.keys).toHaveLength(2);
    const same = await judge(database, ['own', '--checks', folder, '--baseline', file]);
    expect(same.results).toMatchObject([
      { status: 'pass', violations: 3, samples: [], baseline: { known: 3, new: 0, gone: 0 } },
    ]);
    await database.query(
      `UPDATE orders SET "totalAmount" = 0 WHERE id = 'f1'; UPDATE orders SET "totalAmount" = 0 WHERE id = 'ok'`,
    );
    const fewer = await judge(database, ['own', '--checks', folder, '--baseline', file]);
    expect(fewer.results).toMatchObject([{ status: 'pass', violations: 1, baseline: { known: 1, new: 0, gone: 1 } }]);
  });

  it('an error stays an error', async () => {
    await write();
    const judged = await withoutFees(() => judge(database, ['orders.platform-fee-missing', '--baseline', file]));
    expect(judged.code).toBe(3);
    expect(judged.results).toMatchObject([{ status: 'error', error: { code: '42703' }, baseline: null }]);
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{', /cannot be read or is not JSON/],
    ['another document', '{"schema": "smsfood.check/1"}', /not valid at "schema"/],
    [
      'a key that is no hash',
      JSON.stringify({
        schema: 'smsfood.baseline/1',
        createdAt: '2026-03-10T15:00:00.000Z',
        checks: { 'orders.freshness': { owner: null, reason: 'x', expires: '2026-05-01', keys: ['f1'] } },
      }),
      /checks\.orders\.freshness\.keys\.0/,
    ],
    [
      'an unknown key',
      JSON.stringify({ schema: 'smsfood.baseline/1', createdAt: '2026-03-10T15:00:00.000Z', checks: {}, note: 'x' }),
      /note/,
    ],
    [
      'a day that is none',
      JSON.stringify({
        schema: 'smsfood.baseline/1',
        createdAt: '2026-03-10T15:00:00.000Z',
        checks: { 'orders.freshness': { owner: null, reason: 'x', expires: 'never', keys: [] } },
      }),
      /expires/,
    ],
  ])('refuses a file with %s', async (_, content, message) => {
    writeFileSync(file, content);
    const { code, stderr, stdout } = await smsfood(['check', '--baseline', file], {
      env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toContain('BASELINE_INVALID');
  });

  it('refuses a file that is not there', async () => {
    const { code, stderr } = await smsfood(['check', '--baseline', file], {
      env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' },
    });
    expect(code).toBe(2);
    expect(stderr).toContain(`The baseline ${file} cannot be read`);
  });
});
