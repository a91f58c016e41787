import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';
import { checksFolder, checkText, judge, verdicts } from './judge.js';

const CANARY = 'canary-Zebra-77';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await database.query(`
    SELECT make('orders', '{"id": "fee", "platformFee": null}'), make('orders', '{"id": "unpaid", "paymentId": null}'),
      make('orders', '{"id": "zero", "totalAmount": 0, "platformFee": 0}'), make('orders', '{"id": "fine", "notes": "12"}'),
      make('orders', '{"id": "noted", "notes": "${CANARY}"}'), make('sms_logs', '{"id": "nobody", "status": "FAILED"}')`);
});
afterAll(() => database.drop());

const WHOLE = checkText('SELECT id FROM orders WHERE "totalAmount" = 0');

describe('a check in error harms no other', () => {
  it('a dropped column: SQLSTATE and place for its check, the verdicts of the others unchanged', async () => {
    const broken = await cloneDatabase();
    try {
      await broken.query(
        `SELECT make('orders'), make('orders', '{"id": "fee", "platformFee": null}'), make('orders', '{"id": "zero", "totalAmount": 0, "platformFee": 0}')`,
      );
      const before = await judge(broken);
      await broken.query('ALTER TABLE orders DROP COLUMN "deliveryTime"');
      const after = await judge(broken);

      const result = after.byId.get('orders.delivery-time-missing');
      expect(result).toMatchObject({
        status: 'error',
        violations: null,
        rows: null,
        samples: [],
        reason: expect.stringContaining('deliveryTime'),
      });
      expect(result?.error).toEqual({
        code: '42703',
        position: placeInFile('orders/delivery-time-missing.sql', '"deliveryTime"'),
      });
      const changed = ['orders.delivery-time-missing', 'schema.drift'];
      expect(verdicts(after, changed)).toEqual(verdicts(before, changed));
      expect(after.byId.get('schema.drift')?.violations).toBe((before.byId.get('schema.drift')?.violations ?? 0) + 1);
      expect(after.code).toBe(1);

      const quiet = await judge(broken, [
        'orders.delivery-time-missing',
        'orders.amount-negative',
        'orders.time-travel',
      ]);
      expect(quiet.code).toBe(3);
      expect(quiet.results.map(({ status }) => status)).toEqual(['pass', 'error', 'pass']);
    } finally {
      await broken.drop();
    }
  });

  it('a cast and a division that fail on a row, together with the whole catalogue', async () => {
    const folder = checksFolder({
      'own/cast': checkText('SELECT id FROM orders WHERE notes::integer > 5'),
      'own/division': checkText('SELECT id FROM orders WHERE 100 / "totalAmount" > 5'),
      'own/cents': checkText('SELECT id, notes::integer AS cents FROM orders WHERE notes IS NOT NULL'),
      'own/whole': WHOLE,
    });
    const [unbroken, judged] = [await judge(database), await judge(database, ['--checks', folder])];
    const own = ['own.cast', 'own.division', 'own.cents', 'own.whole'];
    expect(verdicts(judged, own)).toEqual(verdicts(unbroken));
    expect(judged.byId.get('own.cast')).toMatchObject({ status: 'error', error: { code: '22P02', position: null } });
    expect(judged.byId.get('own.division')).toMatchObject({
      status: 'error',
      error: { code: '22012', position: null },
    });
    expect(judged.byId.get('own.cents')).toMatchObject({ status: 'error', error: { code: '22P02' } });
    expect(judged.byId.get('own.whole')).toMatchObject({ status: 'fail', violations: 1, samples: [{ id: 'zero' }] });
  });

  it.each(['table', 'json', 'csv', 'markdown', 'junit', 'sarif', 'github'])(
    'does not quote the row that broke it, as %s',
    async (format) => {
      const folder = checksFolder({
        'own/cast': checkText('SELECT id FROM orders WHERE notes::integer > 5'),
        'own/whole': WHOLE,
      });
      const { code, stdout, stderr } = await smsfood(
        ['check', 'own', '--checks', folder, '--format', format, '--verbose'],
        { env: { DATABASE_URL: database.url } },
      );
      expect(code).toBe(1);
      expect(stdout).toContain('own.cast');
      expect(stdout + stderr).not.toContain('Zebra');
    },
  );

  it('a check that is too slow', async () => {
    const folder = checksFolder({
      'own/slow': checkText(`SELECT id FROM orders WHERE id = 'fee' AND pg_sleep(30) IS NOT NULL`),
      'own/whole': WHOLE,
      'own/quick': checkText('SELECT id FROM orders WHERE "platformFee" IS NULL'),
    });
    const judged = await judge(database, ['own', '--checks', folder, '--timeout', '1s']);
    expect(judged.byId.get('own.slow')).toMatchObject({ status: 'error', error: { code: '57014', position: null } });
    expect(judged.byId.get('own.whole')).toMatchObject({ status: 'fail', violations: 1, rows: 5 });
    expect(judged.byId.get('own.quick')).toMatchObject({ status: 'fail', violations: 1, samples: [{ id: 'fee' }] });
    expect(judged.run.complete).toBe(true);
  });

  it('one of two checks that share a WITH query, and both where that query is what fails', async () => {
    const shared = 'WITH sums AS (SELECT "customerId", sum("totalAmount") AS total FROM orders GROUP BY 1)\n';
    const broken = 'WITH sums AS (SELECT "customerId", sum(notes::integer) AS total FROM orders GROUP BY 1)\n';
    const headers = { key: 'customerId', entity: null };
    const folder = checksFolder({
      'own/right': checkText(`${shared}SELECT "customerId", total FROM sums WHERE total > 0`, headers),
      'own/wrong': checkText(`${shared}SELECT "customerId", total FROM sums WHERE total > missing`, headers),
      'own/first': checkText(`${broken}SELECT "customerId", total FROM sums WHERE total > 0`, headers),
      'own/second': checkText(`${broken}SELECT "customerId", total FROM sums WHERE total < 0`, headers),
    });
    const { byId } = await judge(database, ['own', '--checks', folder]);
    expect(byId.get('own.right')).toMatchObject({ status: 'fail', violations: 1 });
    expect(byId.get('own.wrong')).toMatchObject({
      status: 'error',
      error: { code: '42703', position: { line: 6, column: 52 } },
    });
    for (const id of ['own.first', 'own.second'])
      expect(byId.get(id)).toMatchObject({ status: 'error', error: { code: '22P02' } });
  });

  it.each([
    [
      'behind parameters',
      'SELECT id\nFROM orders\nWHERE "createdAt" < :now - :age AND status::text = ANY (:sold) AND missing > 0',
      8,
    ],
    ['on a parameter', 'SELECT id FROM orders\nWHERE "createdAt" < :now - :age AND id > :age', 7],
    [
      'behind characters of several bytes',
      `SELECT id FROM orders WHERE notes <> 'Ñ😀' AND "createdAt" < :now - :age AND missing > 0`,
      6,
    ],
  ])('is located in its own file, %s', async (_, sql, line) => {
    const folder = checksFolder({
      'own/wrong': checkText(sql, { params: '{age: {interval: 1 day}}' }),
      'own/whole': WHOLE,
    });
    const { byId } = await judge(database, ['own', '--checks', folder]);
    const text = sql.split('\n').at(-1) ?? '';
    const column = text.includes('missing') ? text.indexOf('missing') + 1 : text.indexOf('id > ') + 4;
    expect(byId.get('own.wrong')).toMatchObject({
      status: 'error',
      error: { code: expect.stringMatching(/^42/), position: { line, column } },
    });
    expect(byId.get('own.whole')).toMatchObject({ status: 'fail', violations: 1 });
  });

  it('rows that cannot be shown: the count stands, the samples of the others too, and a note says so', async () => {
    const folder = checksFolder({
      'own/shown': WHOLE,
      'own/hidden': checkText('SELECT id, 1 / "totalAmount" AS ratio FROM orders WHERE "totalAmount" = 0'),
      'own/other': checkText('SELECT id FROM orders WHERE "platformFee" IS NULL'),
    });
    const judged = await judge(database, ['own', '--checks', folder]);
    expect(judged.byId.get('own.hidden')).toMatchObject({ status: 'fail', violations: 1, samples: [] });
    expect(judged.byId.get('own.shown')?.samples).toEqual([{ id: 'zero' }]);
    expect(judged.byId.get('own.other')?.samples).toEqual([{ id: 'fee' }]);
    expect(judged.notes).toEqual(['Samples of own.hidden are missing: division by zero.']);
  });

  it('a table that is not there, and one that the role may not read', async () => {
    const folder = checksFolder({
      'own/whole': WHOLE,
      'own/absent': checkText('SELECT id FROM nowhere WHERE id IS NULL', { entity: 'nowhere' }),
      'own/entity': checkText('SELECT id FROM orders WHERE "totalAmount" = 0', { entity: 'nowhere' }),
    });
    const { byId } = await judge(database, ['own', '--checks', folder]);
    expect(byId.get('own.absent')).toMatchObject({
      status: 'error',
      error: { code: '42P01', position: { line: 5, column: 16 } },
    });
    expect(byId.get('own.entity')).toMatchObject({
      status: 'error',
      violations: null,
      error: { code: '42P01', position: null },
    });
    expect(byId.get('own.whole')).toMatchObject({ status: 'fail', violations: 1, rows: 5 });

    const role = `${database.name}_partial`;
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}; REVOKE SELECT ON sms_logs FROM ${role}`,
    );
    try {
      const whole = await judge(database);
      const partial = await judge({ url: database.urlFor(role, 'x') });
      const sms = whole.results.map(({ id }) => id).filter((id) => id.startsWith('sms.'));
      expect(verdicts(partial, sms)).toEqual(verdicts(whole, sms));
      for (const id of sms) expect(partial.byId.get(id)).toMatchObject({ status: 'error', error: { code: '42501' } });
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

describe('answers that are none', () => {
  const metric = { metric: '{unit: orders}', level: null, fail: '"> 100"', entity: null };

  it.each<[string, string, Record<string, string | null>, string, RegExp]>([
    [
      'a fraction of cents',
      'SELECT id, "totalAmount" * 0.001 AS cents FROM orders WHERE id = \'fee\'',
      {},
      'NOT_EXACT',
      /no whole number/,
    ],
    [
      'more cents than can be counted exactly',
      "SELECT id, 9007199254740993 AS cents FROM orders WHERE id = 'fee'",
      {},
      'NOT_EXACT',
      /too large/,
    ],
    ['a metric of several rows', 'SELECT "totalAmount" AS value FROM orders', metric, 'NOT_ONE_ROW', /several/],
    ['a metric that is not a number', `SELECT 'NaN'::numeric AS value`, metric, 'NOT_A_NUMBER', /not a number/],
  ])('%s', async (_, sql, headers, code, reason) => {
    const folder = checksFolder({ 'own/odd': checkText(sql, headers), 'own/whole': WHOLE });
    const judged = await judge(database, ['own', '--checks', folder]);
    expect(judged.byId.get('own.odd')).toMatchObject({
      status: 'error',
      error: { code, position: null },
      reason: expect.stringMatching(reason),
    });
    expect(judged.byId.get('own.whole')).toMatchObject({ status: 'fail', violations: 1 });
  });
});

/** 1-based line and column of the first occurrence of some text below the header of a built-in check. */
function placeInFile(path: string, text: string): { line: number; column: number } {
  const lines = readFileSync(join(packageRoot(), 'checks', path), 'utf8').split('\n');
  const line = lines.findIndex((each) => !each.startsWith('--') && each.includes(text));
  return { line: line + 1, column: (lines[line] ?? '').indexOf(text) + 1 };
}
