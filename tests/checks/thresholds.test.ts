import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseThreshold, type Threshold } from '../../src/checks/threshold.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { checksFolder, checkText, judge } from './judge.js';

const UNREACHABLE = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' };

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  // Exactly 100 orders, 7 of them without a fee.
  await database.query(`SELECT make('orders', '{"id": "o0", "platformFee": null}');
    INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', 'o' || n, 'platformFee', CASE WHEN n < 7 THEN null ELSE 50 END))).* FROM orders o, generate_series(1, 99) n`);
});
afterAll(() => database.drop());

const FEE = 'SELECT id FROM orders WHERE "platformFee" IS NULL';

describe('a number of violations', () => {
  it.each<[Record<string, string | null>, string, number]>([
    [{ level: 'fail' }, 'fail', 1],
    [{ level: 'warn' }, 'warn', 0],
    [{ level: null, fail: '"> 6"' }, 'fail', 1],
    [{ level: null, fail: '"> 7"' }, 'pass', 0],
    [{ level: null, fail: '">= 7"' }, 'fail', 1],
    [{ level: null, fail: '">= 8"' }, 'pass', 0],
    [{ level: null, fail: '"< 8"' }, 'fail', 1],
    [{ level: null, fail: '"<= 6"' }, 'pass', 0],
    [{ level: null, fail: '"> 6.9%"' }, 'fail', 1],
    [{ level: null, fail: '"> 7%"' }, 'pass', 0],
    [{ level: null, fail: '">= 7%"' }, 'fail', 1],
    [{ level: null, fail: '">= 7.01%"' }, 'pass', 0],
    [{ level: null, fail: '"> 10%"', warn: '"> 5%"' }, 'warn', 0],
    [{ level: null, fail: '"> 6%"', warn: '"> 5%"' }, 'fail', 1],
    [{ level: null, fail: '"> 10"', warn: '"> 7"' }, 'pass', 0],
    [{ level: null, fail: '"> 10%"', warn: '"> 0"' }, 'warn', 0],
  ])('7 of 100 with %j is %s', async (headers, status, exit) => {
    const judged = await judge(database, ['own', '--checks', checksFolder({ 'own/fee': checkText(FEE, headers) })]);
    expect({ status: judged.results[0]?.status, exit: judged.code }).toEqual({ status, exit });
    expect(judged.results[0]).toMatchObject({
      violations: 7,
      rows: 100,
      level: headers.fail === undefined ? headers.level : 'fail',
    });
    expect(judged.exitCode).toBe(exit);
  });

  it('compares every share of a hundred exactly', async () => {
    const folder = checksFolder(
      Object.fromEntries(
        Array.from({ length: 100 }, (_, n) => [
          `own/n${n}`,
          checkText(`SELECT id FROM orders WHERE substr(id, 2)::int < ${n}`, {
            level: null,
            fail: `"> ${n}%"`,
            warn: `">= ${n}%"`,
          }),
        ]),
      ),
    );
    const { results } = await judge(database, ['own', '--checks', folder, '--sample', '0']);
    expect(results.filter(({ status }) => status !== 'warn').map(({ id, status }) => [id, status])).toEqual([]);
    expect(results).toHaveLength(100);
  });

  it('of no rows at all is no share', async () => {
    const folder = checksFolder({
      'own/share': checkText('SELECT id FROM menus WHERE title IS NULL', {
        entity: 'menus',
        population: "'date > current_date + 36500'",
        level: null,
        fail: '"> 0%"',
      }),
      'own/count': checkText('SELECT id FROM sms_logs WHERE status IS NULL', { entity: 'sms_logs' }),
    });
    const { results } = await judge(database, ['own', '--checks', folder]);
    expect(results).toMatchObject([
      { status: 'pass', violations: 0, rows: 0 },
      { status: 'pass', violations: 0, rows: 0 },
    ]);
  });
});

describe('a metric', () => {
  const metric = (sql: string, headers: Record<string, string>) =>
    checkText(sql, { level: null, entity: null, metric: '{unit: hours}', ...headers });

  it.each<[string, Record<string, string>, Record<string, unknown>, number]>([
    ['SELECT 24 AS value', { fail: '"> 24"' }, { status: 'pass', value: 24, unit: 'hours', violations: null }, 0],
    ['SELECT 24.5 AS value', { fail: '"> 24"' }, { status: 'fail', value: 24.5 }, 1],
    ['SELECT 0.95 AS value', { warn: '"< 0.95"' }, { status: 'pass' }, 0],
    ['SELECT 0.949 AS value', { warn: '"< 0.95"', fail: '"< 0.5"' }, { status: 'warn' }, 0],
    ['SELECT 0.4 AS value', { warn: '"< 0.95"', fail: '"< 0.5"' }, { status: 'fail' }, 1],
    ['SELECT -3 AS value', { fail: '"< -2.5"' }, { status: 'fail', value: -3 }, 1],
    [
      'SELECT NULL::int AS value',
      { fail: '"> 1"' },
      { status: 'skipped', value: null, reason: 'there is no value to judge' },
      0,
    ],
    [
      "SELECT NULL::int AS value, 'too few' AS reason",
      { fail: '"> 1"', 'no-value': 'skip' },
      { status: 'skipped', reason: 'too few' },
      0,
    ],
    ['SELECT NULL::int AS value', { fail: '"> 1"', 'no-value': 'fail' }, { status: 'fail', value: null }, 1],
    ['SELECT NULL::int AS value', { warn: '"> 1"', 'no-value': 'fail' }, { status: 'warn', value: null }, 0],
    ['SELECT 1 AS value WHERE false', { fail: '"> 1"' }, { status: 'skipped' }, 0],
    [
      'SELECT max("totalAmount") FILTER (WHERE false) AS value FROM orders',
      { fail: '"> 1"', 'no-value': 'fail' },
      { status: 'fail' },
      1,
    ],
  ])('%s with %j', async (sql, headers, expected, exit) => {
    const judged = await judge(database, ['own', '--checks', checksFolder({ 'own/metric': metric(sql, headers) })]);
    expect(judged.results[0]).toMatchObject(expected);
    expect(judged.code).toBe(exit);
  });
});

describe('the configuration', () => {
  const configured = (override: object, id = 'orders.platform-fee-missing') => {
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({ checks: { overrides: { [id]: override } } }),
    });
    return { cwd };
  };

  it.each<[object, Record<string, unknown>, number]>([
    [{}, { status: 'fail', level: 'fail', threshold: '> 0' }, 1],
    [{ level: 'warn' }, { status: 'warn', level: 'warn', threshold: '> 0' }, 0],
    [{ fail: '> 7' }, { status: 'pass', level: 'fail', threshold: '> 7' }, 0],
    [{ fail: '> 7%', warn: '> 0' }, { status: 'warn', level: 'fail', threshold: 'fail > 7%, warn > 0' }, 0],
    [{ enabled: false }, { status: 'skipped', violations: null, reason: 'switched off in the configuration' }, 0],
    [{ enabled: true }, { status: 'fail' }, 1],
  ])('%j', async (override, expected, exit) => {
    const judged = await judge(database, ['orders.platform-fee-missing'], configured(override));
    expect(judged.results).toMatchObject([expected]);
    expect(judged.code).toBe(exit);
  });

  it('sets parameters, as does --param, which goes before it', async () => {
    const place = configured({ params: { age: '10 years' } }, 'orders.stale-pending');
    await database.query(`UPDATE orders SET status = 'PENDING' WHERE id = 'o99'`);
    const [byDefault, byConfig, byFlag] = [
      await judge(database, ['orders.stale-pending'], { clock: '2026-03-12T15:00:00Z' }),
      await judge(database, ['orders.stale-pending'], { clock: '2026-03-12T15:00:00Z', ...place }),
      await judge(database, ['orders.stale-pending', '--param', 'orders.stale-pending.age=1 day 2 hours'], {
        clock: '2026-03-12T15:00:00Z',
        ...place,
      }),
    ];
    expect([byDefault, byConfig, byFlag].map(({ results }) => results[0]?.violations)).toEqual([1, 0, 1]);
    await database.query(`UPDATE orders SET status = 'DELIVERED' WHERE id = 'o99'`);
  });

  it.each<[object, string | undefined, RegExp]>([
    [{ failOver: '> 0' }, undefined, /checks\.overrides.*failOver/],
    [{ fail: 'many' }, undefined, /fail: "many" is no threshold/],
    [{ fail: '> 5%' }, 'orders.freshness', /"> 5%" is no threshold for this check/],
    [{ fail: '> 5%' }, 'schema.drift', /"> 5%" is no threshold for this check/],
    [{ level: 'warn', fail: '> 5' }, undefined, /not both/],
    [{ level: 'error' }, undefined, /level/],
    [{ params: { ages: '1 day' } }, 'orders.stale-pending', /no parameter "ages"[\s\S]*Did you mean "age"\?/],
    [{ params: { age: 5 } }, 'orders.stale-pending', /5 is no interval/],
    [{}, 'orders.stale-pendin', /names no check: "orders\.stale-pendin"[\s\S]*Did you mean "orders\.stale-pending"\?/],
  ])('refuses %j for %s', async (override, id, message) => {
    const { code, stderr, stdout } = await smsfood(['check'], { env: UNREACHABLE, ...configured(override, id) });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it.each<[string, RegExp]>([
    ['orders.stale-pending.age', /not of the form check\.name=value/],
    ['age=1 day', /not of the form/],
    ['orders.stale-pendin.age=1 day', /no check is called "orders\.stale-pendin"[\s\S]*"orders\.stale-pending"/],
    ['orders.stale-pending.agee=1 day', /no parameter "agee"[\s\S]*Did you mean "age"\?/],
    ['orders.stale-pending.age=soon', /"soon" is no interval/],
    ['orders.stale-pending.age=', /"" is no interval/],
    ['sms.failure-rate.minimum=', /"" is no integer/],
    ['sms.failure-rate.minimum=many', /"many" is no integer/],
    ['sms.failure-rate.minimum=1.5', /1\.5 is no integer/],
    ['sms.failure-rate.minimum=0x10', /"0x10" is no integer/],
    ['orders.platform-fee-missing.rate=1', /no parameter "rate"/],
  ])('refuses --param %s', async (assignment, message) => {
    const { code, stderr, stdout } = await smsfood(['check', '--param', assignment], { env: UNREACHABLE });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('names folders of checks, relative to where it runs', async () => {
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({ checks: { directories: ['mine'] } }),
      [join('mine', 'own', 'fee.sql')]: checkText(FEE),
    });
    const { results } = await judge(database, ['own'], { cwd });
    expect(results).toMatchObject([{ id: 'own.fee', violations: 7, file: join('mine', 'own', 'fee.sql') }]);
  });
});

it.each<readonly [string, Threshold | undefined]>([
  ['> 0', { operator: '>', limit: 0, percent: false, text: '> 0' }],
  ['>=0.5%', { operator: '>=', limit: 0.5, percent: true, text: '>= 0.5%' }],
  [' < -2.50 ', { operator: '<', limit: -2.5, percent: false, text: '< -2.50' }],
  ['<= 10 %', { operator: '<=', limit: 10, percent: true, text: '<= 10%' }],
  ...['', '0', '= 0', '> ', '> 1e3', '> .5', '> 5 %%', '>> 5', '> 5 rows', '!= 5', '> -'].map(
    (text) => [text, undefined] as const,
  ),
])('the threshold "%s"', (text, expected) => {
  expect(parseThreshold(text)).toEqual(expected);
});
