import { expect, test } from 'vitest';
import { renderCsv } from '../../src/output/csv.js';
import type { Cell, ColumnKind } from '../../src/report.js';
import { checkReport } from './samples.js';

const style = { columns: 80, color: true, unicode: true };

function csvOf(kinds: Record<string, ColumnKind>, ...rows: Cell[][]): string {
  const columns = Object.entries(kinds).map(([key, kind]) => ({ key, kind, label: `The ${key}` }));
  const table = {
    columns,
    rows: rows.map((cells) => Object.fromEntries(columns.map(({ key }, index) => [key, cells[index] ?? null]))),
  };
  return renderCsv(checkReport({ table }), style);
}

test('keys as the header, CRLF, values as they are', () => {
  expect(csvOf({ id: 'id', cents: 'cents', share: 'percent' }, ['a', -500, 12.345], ['b', 123456, 0])).toBe(
    'id,cents,share\r\na,-500,12.345\r\nb,123456,0\r\n',
  );
});

test('quotes where RFC 4180 needs them', () => {
  const values = ['plain', 'a,b', 'say "hi"', 'line\nfeed', 'carriage\rreturn', ' space ', 'a;b|c'];
  expect(csvOf({ v: 'id' }, ...values.map((value) => [value]))).toBe(
    'v\r\nplain\r\n"a,b"\r\n"say ""hi"""\r\n"line\nfeed"\r\n"carriage\rreturn"\r\n space \r\na;b|c\r\n',
  );
});

test('null is empty, an empty text is quoted, booleans are words', () => {
  expect(csvOf({ a: 'text', b: 'text', c: 'text', d: 'text' }, [null, '', true, false])).toBe(
    'a,b,c,d\r\n,"",true,false\r\n',
  );
});

test('a key with a dot is a key, not a path', () => {
  expect(csvOf({ 'customer.name': 'text' }, ['Ann'])).toBe('customer.name\r\nAnn\r\n');
});

test.each(['=', '+', '-', '@', '\t', '\r', '\n', '\uff1d', '\uff0b', '\uff0d', '\uff20'])(
  'text that begins with %j is kept from being a formula',
  (start) => {
    expect(csvOf({ v: 'text' }, [`${start}1+1`])).toMatch(
      new RegExp(`^v\r\n"?'${start === '+' ? '\\+' : start}1\\+1"?\r\n$`),
    );
  },
);

test('typed columns and numbers are never guarded', () => {
  const row = ['+14045550134', -5, '-7', '-3', -1];
  expect(csvOf({ a: 'id', b: 'cents', c: 'number', d: 'integer', e: 'text' }, row)).toBe(
    'a,b,c,d,e\r\n+14045550134,-5,-7,-3,-1\r\n',
  );
});

test('without rows there is still the header', () => {
  expect(csvOf({ a: 'id', b: 'text' })).toBe('a,b\r\n');
});

test('rows from the sandbox say so in a column, once', () => {
  const table = { columns: [{ key: 'sandbox', label: '', kind: 'text' as const }], rows: [{ sandbox: true }] };
  expect(renderCsv(checkReport({ sandbox: true, table }), style)).toBe('sandbox\r\ntrue\r\n');
  expect(renderCsv(checkReport({ sandbox: true }), style)).toMatch(/^status,.*,title,sandbox\r\nfail,.*,true\r\n/);
});
