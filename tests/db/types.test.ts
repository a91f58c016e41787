import { afterAll, beforeAll, expect, it } from 'vitest';
import { inSession } from '../../src/db/session.js';
import { isoUtc } from '../../src/db/types.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { startProgram } from '../harness/process.js';
import { LIMITS, poolOf } from './pool.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

async function select(expressions: string): Promise<unknown> {
  const pool = await poolOf(database.url);
  const { rows } = await inSession(pool, { mode: 'read', limits: LIMITS }, (session) =>
    session.query(`SELECT ${expressions}`),
  );
  return rows[0];
}

it('times are text in UTC, whatever the zone of the process', async () => {
  expect(process.env.TZ).toBeTruthy(); // vitest.config.ts sets one that is not UTC, or CI another
  expect(
    await select(`timestamp '2026-03-08 02:30:00' AS gap, timestamp(3) '2026-11-01 01:30:00.5' AS twice, timestamptz '2026-03-08 02:30:00-05' AS zoned,
      timestamp '2026-01-01 00:00:00.123456' AS micro, date '2026-03-08' AS day, timestamp 'infinity' AS never, '10000-01-01'::timestamp AS far`),
  ).toEqual({
    gap: '2026-03-08T02:30:00.000Z',
    twice: '2026-11-01T01:30:00.500Z',
    zoned: '2026-03-08T07:30:00.000Z',
    micro: '2026-01-01T00:00:00.123456Z',
    day: '2026-03-08',
    never: 'infinity',
    far: '10000-01-01T00:00:00.000Z',
  });
});

it('whole numbers are exact, and text where JavaScript has no such number', async () => {
  expect(
    await select(`9007199254740991::int8 AS largest, 9007199254740993::int8 AS beyond, -9007199254740993::int8 AS below, 0::int8 AS zero, count(*) AS count,
      0.1::numeric + 0.2::numeric AS exact, 12345678901234567890.12::numeric AS long, 0.5::float8 AS half, 2147483647 AS int`),
  ).toEqual({
    largest: 9007199254740991,
    beyond: '9007199254740993',
    below: '-9007199254740993',
    zero: 0,
    count: 1,
    exact: '0.3',
    long: '12345678901234567890.12',
    half: 0.5,
    int: 2147483647,
  });
});

it('text that is no time stays as it is', () => {
  expect(isoUtc('2026-03-10 14:00:00.5')).toBe('2026-03-10T14:00:00.500Z');
  expect(isoUtc('2026-03-10 14:00:00+00')).toBe('2026-03-10T14:00:00.000Z');
  for (const text of ['infinity', '-infinity', '', '0044-03-15 00:00:00 BC', '2026-03-10 14:00:00+05'])
    expect(isoUtc(text)).toBe(text);
});

it('the same result in every time zone of the process', async () => {
  await database.query(`SELECT make('orders', '{"totalAmount": 0, "createdAt": "2026-03-08T02:30:00"}')`);
  const run = async (TZ: string) => {
    const argv = [
      'check',
      '--as-of',
      '2026-03-10T15:00:00Z',
      '--format',
      'json',
      '--verbose',
      '--sample',
      '5',
      '--quiet',
    ];
    const { stdout } = await startProgram(argv, { env: { DATABASE_URL: database.url, TZ, PGTZ: TZ } }).ended;
    const { results } = JSON.parse(stdout);
    return results.map((result: Record<string, unknown>) => ({ ...result, durationMs: 0 }));
  };
  const [utc, ...others] = await Promise.all([run('UTC'), run('America/New_York'), run('Asia/Kolkata')]);
  expect(utc.length).toBeGreaterThan(60);
  expect(JSON.stringify(utc)).toContain('2026-03-08T02:30:00.000Z');
  for (const other of others) expect(other).toEqual(utc);
});
