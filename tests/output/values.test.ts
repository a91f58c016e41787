import { expect, test } from 'vitest';
import { formatCell } from '../../src/output/values.js';
import type { Cell, ColumnKind } from '../../src/report.js';

const cases: [ColumnKind, Cell, string][] = [
  ['integer', 0, '0'],
  ['integer', -1234567, '-1,234,567'],
  ['integer', '9007199254740993', '9,007,199,254,740,993'],
  ['integer', 'many', 'many'],
  ['number', 1234.5678, '1,234.57'],
  ['number', 0.00012345, '0.00012'],
  ['number', Number.NaN, 'NaN'],
  ['percent', 12.345, '12.3%'],
  ['percent', 0, '0.0%'],
  ['percent', 0.14, '0.14%'],
  ['percent', 0.0001, '<0.01%'],
  ['percent', 99.97, '99.97%'],
  ['percent', 99.9999, '>99.99%'],
  ['percent', 100, '100.0%'],
  ['cents', 123456, '$1,234.56'],
  ['cents', -500, '-$5.00'],
  ['cents', 5, '$0.05'],
  ['cents', -5, '-$0.05'],
  ['cents', 0, '$0.00'],
  ['cents', -0.4, '$0.00'],
  ['cents', 1234.6, '$12.35'],
  ['cents', '900719925474099312', '$9,007,199,254,740,993.12'],
  ['milliseconds', 0, '0 ms'],
  ['milliseconds', 0.2, '<1 ms'],
  ['milliseconds', 12.4, '12 ms'],
  ['milliseconds', 999.6, '1.0 s'],
  ['milliseconds', 1234, '1.2 s'],
  ['milliseconds', 59_960, '1 min 0 s'],
  ['milliseconds', 125_000, '2 min 5 s'],
  ['milliseconds', 4_320_000, '1 h 12 min'],
  ['time', '2026-10-01T04:05:06.789Z', '2026-10-01 04:05:06Z'],
  ['time', '2026-10-01', '2026-10-01'],
  ['status', 'fail', 'fail'],
  ['text', true, 'yes'],
  ['text', 'a\tb\r\nc\u001b[0m\u009b\u202e', 'a\\tb\\r\\nc\\x1b[0m\\x9b\\u202e'],
  ['id', 'a\u0000b', 'a\\x00b'],
  ['cents', null, '-'],
];

test.each(cases)('%s %j reads %s', (kind, value, text) => {
  expect(formatCell(value, kind)).toBe(text);
});

test('joiners that emoji and Persian need stay', () => {
  expect(formatCell('👩‍🍳 می‌خواهم', 'text')).toBe('👩‍🍳 می‌خواهم');
});
