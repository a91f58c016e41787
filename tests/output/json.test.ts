import { expect, test } from 'vitest';
import { renderJson } from '../../src/output/json.js';
import { checkReport, HOSTILE, hostileReport } from './samples.js';
import { checkValidator, readCheckSchema } from './schemas.js';

const style = { columns: 80, color: true, unicode: true };

const RUN = {
  id: 'r-7h2k',
  startedAt: '2026-10-05T03:00:00.250Z',
  durationMs: 1834.2,
  now: '2026-10-05T03:00:00.301Z',
  database: 'shop at db.example:5432',
  server: '16.4',
  snapshot: 'shared',
  queries: 12,
  sandbox: false,
  complete: true,
  since: null,
};

const RESULT = {
  id: 'orders.platform-fee-missing',
  title: 'Sold orders without a platform fee',
  dimension: 'completeness',
  level: 'fail',
  status: 'fail',
  violations: 1234,
  rows: 48211,
  cents: 123456,
  value: null,
  unit: null,
  threshold: '> 0',
  durationMs: 41.4,
  samples: [{ id: 'ckv9x2m5n0000', status: 'PAID', cents: 26, tags: ['VIP'], note: null }],
  reason: null,
  owner: 'finance',
  remedy: 'Recompute the fee.',
  file: 'checks/orders/platform-fee-missing.sql',
  line: 9,
  state: { is: 'open', since: '2026-10-01T03:00:00Z' },
  scope: 'all',
  error: null,
  baseline: { known: 1200, new: 34, gone: 2, expired: 0 },
};

const UNJUDGED = { ...RESULT, violations: null, rows: null, cents: null, samples: [], state: null, baseline: null };

function documentWith(result: object = RESULT, run: object = RUN): Record<string, unknown> {
  const summary = { pass: 0, warn: 0, fail: 1, error: 0, skipped: 0 };
  return { schema: 'smsfood.check/1', run, summary, results: [result], notes: [], exitCode: 1 };
}

test('the document as it stands, indented', () => {
  const text = renderJson(checkReport({ document: documentWith() }), style);
  expect(text).toBe(`${JSON.stringify(documentWith(), null, 2)}\n`);
});

test('characters that act on a terminal are escaped, and parse to the same values', () => {
  const text = renderJson(hostileReport(), style);
  expect(text).toContain('\\u009b31m');
  expect(text).toContain('\\u202efdp');
  expect(JSON.parse(text)).toEqual({ values: Object.values(HOSTILE) });
});

const valid: Record<string, Record<string, unknown>> = {
  'a failure': documentWith(),
  'a metric': documentWith({ ...RESULT, violations: null, value: 84.2, unit: 'percent', threshold: 'warn > 40%' }),
  'a pass': documentWith({
    ...RESULT,
    status: 'pass',
    violations: 0,
    cents: 0,
    samples: [],
    state: null,
    baseline: null,
  }),
  'an error': documentWith({
    ...UNJUDGED,
    status: 'error',
    reason: 'column "x" does not exist',
    error: { code: '42703', position: { line: 4, column: 12 } },
  }),
  'a time-out': documentWith({
    ...UNJUDGED,
    status: 'error',
    reason: 'too slow',
    error: { code: 'DB_TIMEOUT', position: null },
  }),
  'a skipped check': documentWith({ ...UNJUDGED, status: 'skipped', durationMs: null, reason: 'no list of tags' }),
  'a run with --since': documentWith(RESULT, {
    ...RUN,
    since: '2026-10-04T00:00:00Z',
    complete: false,
    snapshot: 'single',
  }),
};

const invalid: Record<string, Record<string, unknown>> = {
  'another version': { ...documentWith(), schema: 'smsfood.check/2' },
  'a field that is not documented': { ...documentWith(), extra: true },
  'a field of a result that is not documented': documentWith({ ...RESULT, extra: true }),
  'a missing field': documentWith({ ...RESULT, rows: undefined }),
  'a local time': documentWith(RESULT, { ...RUN, startedAt: '2026-10-05T03:00:00+02:00' }),
  'half a violation': documentWith({ ...RESULT, violations: 0.5 }),
  'money with a fraction': documentWith({ ...RESULT, cents: 12.5 }),
  'an error without its code': documentWith({ ...UNJUDGED, status: 'error', reason: 'broken' }),
  'an error with a pass': documentWith({ ...RESULT, status: 'pass', error: { code: '42703', position: null } }),
  'a skipped check without a reason': documentWith({ ...UNJUDGED, status: 'skipped' }),
  'a skipped check with a count': documentWith({ ...RESULT, status: 'skipped', reason: 'none' }),
  'a value without its unit': documentWith({ ...RESULT, value: 3 }),
};

const validate = checkValidator();

test.each(Object.entries(valid))('the schema takes %s', (_name, document) => {
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
});

test.each(Object.entries(invalid))('the schema refuses %s', (_name, document) => {
  expect(validate(document)).toBe(false);
});

test('the schema describes every field', () => {
  expect(undescribed(readCheckSchema(), '')).toEqual([]);
});

/** Paths of fields without a description. Conditions (`if`, `then`, `else`) only narrow fields described elsewhere. */
function undescribed(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    if (['if', 'then', 'else'].includes(key)) return [];
    const here = `${path}/${key}`;
    const isField = path.endsWith('/properties');
    const isDescribed = typeof value === 'object' && value !== null && 'description' in value;
    return [...(isField && !isDescribed ? [here] : []), ...undescribed(value, here)];
  });
}
