import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellSql } from '../../src/exports/column.js';
import { renderCsv } from '../../src/output/csv.js';
import type { Report } from '../../src/report.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';

/** What begins a formula in some spreadsheet, and what CSV itself is made of. */
const DANGEROUS = [...'=+-@\t\r\n', '\uff1d', '\uff0b', '\uff0d', '\uff20', '"', ',', ';', "'", ' ', ''];
const text = fc
  .tuple(fc.constantFrom(...DANGEROUS), fc.oneof(fc.string({ unit: 'grapheme' }), fc.string()))
  .map(([start, rest]) => start + rest);
const STARTS = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function reportOf(rows: readonly (string | null)[][]): Report {
  const keys = ['a', 'b.c', 'd'];
  const table = {
    columns: keys.map((key) => ({ key, label: key, kind: 'text' as const })),
    rows: rows.map((row) => Object.fromEntries(keys.map((key, index) => [key, row[index] ?? null]))),
  };
  return { name: 'x', document: {}, table, sections: [], sandbox: false };
}

const terminal = { columns: 80, color: false, unicode: true };

describe('csv of a report', () => {
  const rows = fc.array(fc.tuple(fc.option(text), fc.option(text), fc.option(text)), { minLength: 1, maxLength: 20 });

  it('is read back as it was, but for an apostrophe before what a spreadsheet would run', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const [header, ...read] = parse(renderCsv(reportOf(given), terminal), { record_delimiter: '\r\n' });
        expect(header).toEqual(['a', 'b.c', 'd']);
        const guarded = (cell: string | null) => (cell === null ? '' : STARTS.test(cell) ? `'${cell}` : cell);
        expect(read).toEqual(given.map((row) => row.map(guarded)));
      }),
    );
  });

  it('has no cell that a spreadsheet would run', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const read: string[][] = parse(renderCsv(reportOf(given), terminal), { record_delimiter: '\r\n' });
        expect(read.flat().filter((cell) => STARTS.test(cell))).toEqual([]);
      }),
    );
  });
});

describe('csv of an export', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneDatabase();
  });
  afterAll(() => database.drop());

  it('guards the same cells, in the server', async () => {
    const storable = text.filter((each) => !each.includes('\0') && Buffer.from(each).toString() === each);
    const column = { key: 'x', type: 'text', meaning: '', sql: 'given' } as const;
    const guarded = cellSql(column, { format: 'csv', raw: false, redact: false });
    const raw = cellSql(column, { format: 'csv', raw: true, redact: false });
    await fc.assert(
      fc.asyncProperty(fc.array(storable, { minLength: 50, maxLength: 200 }), async (given) => {
        const { rows } = await database.query(
          `SELECT ${guarded} AS guarded, ${raw} AS raw FROM unnest($1::text[]) WITH ORDINALITY AS t (given, place) ORDER BY place`,
          [given],
        );
        expect(rows).toEqual(given.map((cell) => ({ guarded: STARTS.test(cell) ? `'${cell}` : cell, raw: cell })));
      }),
      { numRuns: 20 },
    );
  });
});
