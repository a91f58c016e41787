import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smsfood } from '../harness/run.js';
import { type ExportWorld, exportWorld } from './world.js';

let world: ExportWorld;
beforeAll(async () => {
  world = await exportWorld();
  // Every half hour around both clock changes of 2026, in all three zones.
  await world.make('orders', { id: 'first', createdAt: '2026-03-06T00:00:00' });
  await world.query(
    `INSERT INTO orders (id, "customerId", "menuId", items, "totalAmount", "createdAt", "updatedAt")
     SELECT to_char(at, 'MMDD-HH24MI'), 'spared-customer', 'spared-menu', '[]', 1, at, at
     FROM (SELECT generate_series(timestamp '2026-03-06', '2026-03-11', '30 minutes') UNION ALL
           SELECT generate_series(timestamp '2026-10-30', '2026-11-04', '30 minutes')) AS time (at)`,
  );
});
afterAll(() => world.drop());

const COLUMNS = ['--columns', 'order_id,business_day'];

describe.each(['America/New_York', 'UTC', 'Asia/Kolkata', 'America/Havana'])('days in %s', (timezone) => {
  it.each([
    ['2026-03-07', '2026-03-08'],
    ['2026-03-08', '2026-03-09'],
    ['2026-10-31', '2026-11-01'],
    ['2026-11-01', '2026-11-02'],
    ['2026-03-08', '2026-11-02'],
  ])('from %s to %s have the rows of the calendar, 23 and 25 hours long', async (from, to) => {
    const rows = await world.rows(['orders', '--from', from, '--to', to, ...COLUMNS], {
      env: { SMSFOOD_TIMEZONE: timezone },
    });
    const { rows: wanted } = await world.query(
      `SELECT id AS order_id, (("createdAt" AT TIME ZONE 'UTC') AT TIME ZONE $1)::date::text AS business_day FROM orders
       WHERE (("createdAt" AT TIME ZONE 'UTC') AT TIME ZONE $1)::date >= $2::date AND (("createdAt" AT TIME ZONE 'UTC') AT TIME ZONE $1)::date < $3::date
       ORDER BY "createdAt", id COLLATE "C"`,
      [timezone, from, to],
    );
    expect(wanted.length).toBeGreaterThan(40);
    expect(rows).toEqual(wanted);
  });
});

it('instants, an open end, and the last month without any wish', async () => {
  const ids = async (...argv: string[]) =>
    (await world.rows(['orders', ...argv, ...COLUMNS])).map((row) => row.order_id);
  expect(await ids('--from', '2026-03-08T06:30:00Z', '--to', '2026-03-08T03:30:00-04:00')).toEqual([
    '0308-0630',
    '0308-0700',
  ]);
  expect(await ids('--from', '2026-11-03T23:30:00Z')).toEqual(['1103-2330', '1104-0000']);
  expect(await ids('--to', '2026-03-06T00:30:00Z')).toEqual(['0306-0000', 'first']);
  const { stderr } = await world.run(['orders']);
  const { rows } = await world.query<{ month: string }>(
    `SELECT to_char(date_trunc('month', now() AT TIME ZONE 'America/New_York') - interval '1 day', 'YYYY-MM') AS month`,
  );
  expect(stderr).toContain(`orders of ${rows[0]?.month} (America/New_York)`);
});

describe('bad input ends with a sentence and exit code', () => {
  it.each([
    [['--from', '2026-03-02', '--to', '2026-03-01'], 'USAGE', /2026-03-02 is not before --to 2026-03-01/],
    [['--from', '2026-03-01', '--to', '2026-03-01'], 'USAGE', /is not before/],
    [['--from', '2026-03-01', '--to', '2026-03-01T00:00:00Z'], 'USAGE', /is not before/],
    [['--from', '2026-02-30'], 'USAGE', /--from: "2026-02-30" is neither a day/],
    [['--from', 'yesterday'], 'USAGE', /neither a day/],
    [['--month', '2026-13'], 'USAGE', /"2026-13" is no month/],
    [['--month', '2026-03', '--from', '2026-03-01'], 'USAGE', /--month is a whole month/],
    [['--columns', 'order_id,totl_amount'], 'USAGE', /no column "totl_amount"[\s\S]*Did you mean "total_amount"/],
    [['--columns', 'order_id,order_id'], 'USAGE', /is there twice/],
    [['--columns', ','], 'USAGE', /names none/],
    [['--status', 'PAYED'], 'USAGE', /"PAYED" is not known[\s\S]*Did you mean "PAID"/],
    [['--business', 'spared-busines'], 'NOT_FOUND', /no business with the id[\s\S]*Did you mean "spared-business"/],
    [['--excel', '--format', 'jsonl'], 'USAGE', /--excel is for csv/],
    [['--format', 'xlsx'], 'USAGE', /'xlsx' is invalid/],
    [['--timeout', 'soon'], 'USAGE', /no duration/],
  ])('%j', async (argv, code, words) => {
    const outcome = await world.run(['orders', ...argv]);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain(`[${code}]`);
    expect(outcome.stderr).toMatch(words);
  });

  it('an unknown zone, and an unknown data set', async () => {
    expect(await world.run(['orders'], { env: { SMSFOOD_TIMEZONE: 'America/New_Yrok' } })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[CONFIG_INVALID]'),
    });
    expect(await smsfood(['export', 'ordres'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/ordres[\s\S]*\[USAGE\]/),
    });
  });

  it('no database: nothing is written', async () => {
    expect(await smsfood(['export', 'orders'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('[NO_DATABASE]'),
    });
    expect(
      await smsfood(['export', 'orders'], { env: { DATABASE_URL: 'postgresql://127.0.0.1:1/none' } }),
    ).toMatchObject({ code: 3, stdout: '' });
  });

  it('a time zone with a quote in it is no SQL', async () => {
    expect(await world.run(['orders', '--business', "x' OR true --"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[NOT_FOUND]'),
    });
  });
});

it('bytes for a terminal are refused', async () => {
  expect(await world.run(['orders', '--gzip'], { terminal: true })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not for a terminal'),
  });
});

it('reads from the replica where one is set', async () => {
  const { code } = await world.run(['orders', '--month', '2026-03'], {
    env: { DATABASE_URL: 'postgresql://127.0.0.1:1/none', REPLICA_URL: world.url },
  });
  expect(code).toBe(0);
});
