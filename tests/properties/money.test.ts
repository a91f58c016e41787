import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellSql } from '../../src/exports/column.js';
import { formatCell } from '../../src/output/values.js';
import { dollars } from '../../src/words.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await database.query(`
    INSERT INTO customers (id, "phoneNumber", "updatedAt") VALUES ('c', '+14045550134', now());
    INSERT INTO menus (id, date, "updatedAt") VALUES ('m', '2026-03-10', now());`);
});
afterAll(() => database.drop());

const cents = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -150, max: 150 }));

/** Of a whole number of cents: exact, without a floating point. */
function written(amount: number): string {
  const size = String(Math.abs(amount)).padStart(3, '0');
  return `${amount < 0 ? '-' : ''}${size.slice(0, -2)}.${size.slice(-2)}`;
}

describe('cents', () => {
  it('are read back from what a person sees', () => {
    fc.assert(
      fc.property(cents, (amount) => {
        const plain = (text: string) => text.replace(/[$,]/g, '');
        expect(plain(formatCell(amount, 'cents'))).toBe(written(amount));
        expect(plain(formatCell(String(amount), 'cents'))).toBe(written(amount));
        if (amount !== 0) expect(plain(dollars(amount))).toBe(written(amount));
      }),
    );
  });

  it('beyond what a number of JavaScript can hold stay exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (amount) => {
        const digits = formatCell(String(amount), 'cents').replace(/[$,.]/g, '');
        expect(BigInt(digits)).toBe(amount);
      }),
    );
  });

  it('are exported with two digits, in each form of text', async () => {
    const column = { key: 'x', type: 'cents', meaning: '', sql: 'cents' } as const;
    const style = { raw: false, redact: false };
    await fc.assert(
      fc.asyncProperty(fc.array(cents, { minLength: 50, maxLength: 200 }), async (amounts) => {
        const { rows } = await database.query(
          `SELECT (${cellSql(column, { ...style, format: 'csv' })})::text AS csv, ${cellSql(column, { ...style, format: 'jsonl' })} AS jsonl
           FROM unnest($1::int[]) WITH ORDINALITY AS given (cents, place) ORDER BY place`,
          [amounts],
        );
        expect(rows).toEqual(amounts.map((amount) => ({ csv: written(amount), jsonl: written(amount) })));
      }),
      { numRuns: 10 },
    );
  });
});

it('a fee of 2%, half a cent up, is what the check takes for right, and a cent beside it is not', async () => {
  const amounts = fc.uniqueArray(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 30, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(amounts, fc.constantFrom(-1, 1), async (totals, off) => {
      await database.query('TRUNCATE orders');
      // In whole cents of a hundred: 2% of a total, and half of one for rounding up.
      const fee = (total: number) => Number((BigInt(total) * 200n + 5000n) / 10_000n);
      await database.query(
        `INSERT INTO orders (id, "customerId", "menuId", items, "totalAmount", "platformFee", status, "updatedAt")
         SELECT kind || total, 'c', 'm', '[]', total, fee, 'PAID', now()
         FROM unnest($1::text[], $2::int[], $3::int[]) AS given (kind, total, fee)`,
        [
          [...totals.map(() => 'right-'), ...totals.map(() => 'wrong-')],
          [...totals, ...totals],
          [...totals.map(fee), ...totals.map((total) => fee(total) + off)],
        ],
      );
      const argv = ['check', 'orders.platform-fee-wrong', '--sample', '100', '--format', 'json'];
      const { stdout } = await smsfood(argv, { env: { DATABASE_URL: database.url } });
      const [result] = JSON.parse(stdout).results;
      expect(result.violations).toBe(totals.length);
      const found = result.samples.map(({ id }: { id: string }) => id);
      expect(found.filter((id: string) => !id.startsWith('wrong-'))).toEqual([]);
    }),
    { numRuns: 4 },
  );
});
