import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';
import { damagedDatabase } from './damaged.js';
import { checksFolder, checkText, judge, verdict } from './judge.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await damagedDatabase();
  await database.query(`CREATE TABLE "user" (id text PRIMARY KEY, "from" integer, "Größe" text);
    INSERT INTO "user" VALUES ('a', 1, 'straße'), ('b', 2, 'STRASSE'), ('c', NULL, NULL)`);
});
afterAll(() => database.drop());

const SUMS =
  'WITH sums AS (SELECT "customerId", count(*) AS n, sum("totalAmount") AS total FROM orders WHERE "totalAmount" > :floor GROUP BY 1)';
const bySum = { key: 'customerId', entity: null };
const metric = { level: null, fail: '"> 1"', metric: '{unit: x}', entity: null };
const users = { entity: 'user' };

/** Checks as users write them, in all the shapes that fusion must keep apart or put together without changing a result. */
const CHECKS: Record<string, string> = {
  'own/plain': checkText('SELECT id, status FROM orders WHERE "platformFee" IS NULL'),
  'own/our-own-name': checkText(
    'WITH violating AS (SELECT id, "platformFee" FROM orders) SELECT id FROM violating WHERE "platformFee" IS NULL',
  ),
  'own/alias': checkText(
    'SELECT o.id, o."totalAmount" AS cents FROM orders AS o WHERE o."totalAmount" <= 0 OR O.status::text = \'CANCELLED\'',
  ),
  'own/implicit-alias': checkText('SELECT id, "totalAmount" cents FROM orders WHERE "totalAmount" > 3000'),
  'own/distinct-from': checkText(
    'SELECT id, "paymentId" IS DISTINCT FROM notes AS differs FROM orders WHERE "paymentId" IS NOT DISTINCT FROM notes',
  ),
  'own/keywords-in-text': checkText(
    "SELECT id, 'FROM orders WHERE false' AS note, $$:now$$ AS quoted FROM orders /* WHERE true */ WHERE notes IS NULL AND status::text <> ' WHERE :now'",
  ),
  'own/comments': checkText(
    '-- first\nSELECT id, -- the key\n  status -- last\nFROM orders -- the table\nWHERE "deliveryTime" IS NULL -- or blank\n;-- done',
  ),
  'own/params': checkText(
    'SELECT id, "createdAt" FROM orders WHERE "createdAt" < :now - :age AND status::text = ANY (:sold)',
    { params: '{age: {interval: 30 days}}' },
  ),
  'own/params-other': checkText(
    'SELECT id, "createdAt" FROM orders WHERE "createdAt" < :now - :age AND status::text = ANY (:sold)',
    { params: '{age: {interval: 3 days}}' },
  ),
  'own/negative': checkText('SELECT id, "totalAmount" FROM orders WHERE "totalAmount" -:shift > 4000', {
    params: '{shift: {integer: -500}}',
  }),
  'own/own-row': checkText(
    "SELECT o.id FROM orders o WHERE jsonb_typeof(o.items) = 'array' AND EXISTS (SELECT 1 FROM jsonb_array_elements(o.items) AS e WHERE (e ->> 'quantity')::numeric > 1)",
  ),
  'own/hidden-alias': checkText(
    "SELECT o.id FROM orders o WHERE jsonb_typeof(o.items) = 'array' AND EXISTS (SELECT 1 FROM jsonb_array_elements(o.items) AS o WHERE o.value ->> 'price' = '-100')",
  ),
  'own/whole-row': checkText("SELECT o.id FROM orders o WHERE to_jsonb(o) ->> 'notes' IS NULL"),
  'own/set-returning': checkText('SELECT id, generate_series(1, 3) AS n FROM orders WHERE "totalAmount" = 0'),
  'own/distinct': checkText('SELECT DISTINCT "customerId" FROM orders WHERE "platformFee" IS NULL', {
    key: 'customerId',
  }),
  'own/group': checkText('SELECT "customerId", count(*) AS n FROM orders WHERE "totalAmount" > 0 GROUP BY 1', bySum),
  'own/limit': checkText('SELECT id FROM orders WHERE "totalAmount" > 0 ORDER BY id LIMIT 7'),
  'own/window': checkText(
    'SELECT id, n FROM (SELECT id, row_number() OVER (PARTITION BY "customerId" ORDER BY id) AS n FROM orders) AS x WHERE n > 3',
  ),
  'own/subquery': checkText('SELECT id FROM orders WHERE "customerId" NOT IN (SELECT id FROM customers)'),
  'own/star': checkText('SELECT *, "totalAmount" AS cents FROM orders WHERE "totalAmount" < 0'),
  'own/union': checkText(
    'SELECT id FROM orders WHERE "totalAmount" < 0 UNION ALL SELECT id FROM orders WHERE "totalAmount" <= 0',
  ),
  'own/unnamed': checkText('SELECT id, lower(status::text), "totalAmount" + 1 FROM orders WHERE "totalAmount" <= 0'),
  'own/nulls': checkText('SELECT id FROM orders WHERE NOT ("platformFee" > 0)'),
  'own/population': checkText('SELECT id FROM orders WHERE status::text = ANY (:sold) AND "createdAt" > :now - :age', {
    population: `'status::text = ANY (:sold)'`,
    params: '{age: {interval: 20 days}}',
  }),
  'own/join': checkText(
    'SELECT o.id, c.id AS customer FROM orders o JOIN customers c ON c.id = o."customerId" WHERE o."createdAt" < c."createdAt"',
  ),
  'own/sums-high': checkText(`${SUMS}\nSELECT "customerId", total AS cents FROM sums WHERE total > 10000`, {
    ...bySum,
    params: '{floor: {integer: 0}}',
  }),
  'own/sums-many': checkText(`${SUMS} -- the same\nSELECT s."customerId", s.n FROM sums AS s WHERE s.n > 5`, {
    ...bySum,
    params: '{floor: {integer: 0}}',
  }),
  'own/sums-floor': checkText(`${SUMS}\nSELECT "customerId", n FROM sums WHERE n > 5`, {
    ...bySum,
    params: '{floor: {integer: 2500}}',
  }),
  'own/sums-ordered': checkText(
    `${SUMS}\nSELECT "customerId", total AS cents FROM sums WHERE total > (SELECT avg(total) FROM sums)`,
    { ...bySum, params: '{floor: {integer: 0}}' },
  ),
  'own/sums-top': checkText(`${SUMS}\nSELECT "customerId", n FROM sums ORDER BY n DESC, "customerId" LIMIT 3`, {
    ...bySum,
    params: '{floor: {integer: 2500}}',
  }),
  'own/two-with': checkText(
    `${SUMS}, top AS (SELECT "customerId" FROM sums WHERE n > 5) SELECT "customerId" FROM top WHERE "customerId" IS NOT NULL`,
    { ...bySum, params: '{floor: {integer: 0}}' },
  ),
  'own/metric': checkText('SELECT max("totalAmount") - min("totalAmount") AS value FROM orders', metric),
  'own/metric-filter': checkText(
    'SELECT avg("totalAmount") FILTER (WHERE "totalAmount" > 0) AS value, count(*) AS n FROM orders',
    metric,
  ),
  'own/metric-where': checkText('SELECT count(*) AS value FROM orders WHERE "totalAmount" > 2000', metric),
  'own/metric-none': checkText(
    'SELECT max("totalAmount") FILTER (WHERE false) AS value, CASE WHEN count(*) > 0 THEN \'nothing sold\' END AS reason FROM orders',
    metric,
  ),
  'own/metric-constant': checkText('SELECT 5 AS value', metric),
  'own/metric-several': checkText('SELECT "totalAmount" AS value FROM orders', metric),
  'own/reserved': checkText('SELECT id, u."from" FROM "user" u WHERE u.from > 1', users),
  'own/reserved-too': checkText('SELECT "user".id FROM "user" WHERE "user"."from" IS NULL', users),
  'own/unicode': checkText(
    `SELECT id, "Größe" AS größe FROM "user" WHERE "Größe" ILIKE 'straß%' AND 'Ñ😀' <> "Größe"`,
    users,
  ),
};

describe('checks of a user', () => {
  it('together have the results that each has alone, in any order', async () => {
    const folder = checksFolder(CHECKS);
    const together = await judge(database, ['own', '--checks', folder]);
    expect(together.results).toHaveLength(Object.keys(CHECKS).length);
    for (const name of Object.keys(CHECKS)) {
      const id = name.replace('/', '.');
      const alone = await judge(database, [id, '--checks', folder, '--jobs', '1']);
      expect(verdict(together.byId.get(id))).toEqual(verdict(alone.byId.get(id)));
    }
    const broken = together.results.filter(({ status }) => status === 'error').map(({ id }) => id);
    expect(broken).toEqual(['own.metric-several']);
    expect(together.notes).toEqual([]);
  });

  it('count what their statements return', async () => {
    const folder = checksFolder(CHECKS);
    const { results } = await judge(database, ['own', '--checks', folder]);
    for (const { id, violations, value, status } of results) {
      const { stdout } = await smsfood([
        'check',
        'show',
        id,
        '--checks',
        folder,
        '--sql',
        '--as-of',
        '2026-03-10T15:00:00Z',
      ]);
      const sql = stdout.slice(
        stdout.indexOf(stdout.split('\n').find((line) => /^(?:SELECT|WITH|-- first)/.test(line)) ?? ''),
      );
      const variables = new Map(
        [...stdout.matchAll(/^\\set (\w+) '(.*)'$/gm)].map(([, name = '', text = '']) => [
          name,
          text.replaceAll("''", "'"),
        ]),
      );
      const runnable = sql.replace(/(?<![:\w'$]):([a-z_]\w*)/g, (whole, name: string) => variables.get(name) ?? whole);
      const { rows } = await database.query<{ value?: unknown }>(runnable);
      if (violations !== null) expect({ id, violations }).toEqual({ id, violations: rows.length });
      else if (status !== 'error')
        expect({ id, value: Number(value ?? 0) }).toEqual({
          id,
          value: expect.closeTo(Number(rows[0]?.value ?? 0), 9),
        });
    }
    expect(results.filter(({ violations }) => (violations ?? 0) > 0).length).toBeGreaterThan(25);
  });

  it('share a scan where they can, and only there', async () => {
    const folder = checksFolder(CHECKS);
    const { code, stdout } = await smsfood(['check', 'explain', 'own', '--checks', folder, '--format', 'json'], {
      env: { DATABASE_URL: database.url },
    });
    expect(code).toBe(0);
    const units: { title: string; checks: string[] }[] = JSON.parse(stdout).units;
    const unitOf = (name: string) => units.filter(({ checks }) => checks.includes(`own.${name}`));
    const scan = unitOf('plain');
    expect(scan).toHaveLength(1);
    for (const name of [
      'alias',
      'implicit-alias',
      'distinct-from',
      'keywords-in-text',
      'comments',
      'params',
      'params-other',
      'negative',
      'own-row',
      'nulls',
      'population',
      'metric',
      'metric-filter',
      'metric-none',
    ]) {
      expect(unitOf(name), name).toEqual(scan);
    }
    for (const name of [
      'hidden-alias',
      'whole-row',
      'set-returning',
      'distinct',
      'group',
      'limit',
      'window',
      'subquery',
      'star',
      'union',
      'unnamed',
      'join',
      'metric-where',
      'metric-several',
    ]) {
      expect(
        unitOf(name).map(({ checks }) => checks),
        name,
      ).toEqual([[`own.${name}`]]);
    }
    expect(unitOf('sums-high')).toEqual(unitOf('sums-many'));
    expect(unitOf('sums-floor')).not.toEqual(unitOf('sums-many'));
    expect(unitOf('reserved')).toEqual(unitOf('unicode'));
  });
});
