import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKnownSchema } from '../../src/catalog/known-schema.js';
import { type CatalogueEntry, loadCatalogue } from '../../src/checks/catalogue.js';
import { columnFlow } from '../../src/checks/column-flow.js';
import { judgedColumns } from '../../src/checks/judged-columns.js';
import { globalParameters, literal } from '../../src/checks/parameters.js';
import { loadParser } from '../../src/checks/sql-text.js';
import { parseSelect } from '../../src/checks/statement.js';
import { cloneDatabase, installOps, type TestDatabase } from '../harness/database.js';

const TABLES = new Map([
  ['t', ['id', 'a', 'b', 'c']],
  ['u', ['id', 't_id', 'd', 'a']],
  ['ops.o', ['id', 'e']],
]);

beforeAll(loadParser);

const parse = (sql: string) => parseSelect(sql, { file: 'test.sql', sqlLine: 1 });
const conditions = (sql: string) => [...columnFlow(parse(sql), TABLES).conditions].sort().join(' ');
const outputs = (sql: string) =>
  columnFlow(parse(sql), TABLES).output.map(({ name, from }) => `${name}: ${[...from].sort().join(' ')}`);

describe('what decides which rows there are', () => {
  it.each<[string, string, string]>([
    ['a filter, and not what it shows', 'SELECT id, b FROM t WHERE a > 1', 't.a'],
    ['an alias', 'SELECT x.id FROM t AS x WHERE x.a > 1', 't.a'],
    ['a schema', 'SELECT id FROM ops.o WHERE e = 1', 'ops.o.e'],
    ['a table of public, named so', 'SELECT id FROM public.t WHERE a = 1', 't.a'],
    ['an inner join', 'SELECT t.id FROM t JOIN u ON u.t_id = t.id', 't.id u.t_id'],
    ['a join by name', 'SELECT id FROM t JOIN u USING (a)', 't.a u.a'],
    ['an outer join that nothing looks at', 'SELECT t.id FROM t LEFT JOIN u ON u.t_id = t.id', ''],
    [
      'an outer join that is looked at',
      'SELECT t.id FROM t LEFT JOIN u ON u.t_id = t.id WHERE u.id IS NULL',
      't.id u.id u.t_id',
    ],
    ['the other side of one', 'SELECT u.id FROM u RIGHT JOIN t ON u.t_id = t.id WHERE t.b = 1', 't.b'],
    [
      'a subquery in FROM',
      'SELECT x.id FROM (SELECT id, a + b AS sum, c FROM t WHERE c IS NULL) x WHERE x.sum > 1',
      't.a t.b t.c',
    ],
    ['its column that nothing asks for', 'SELECT x.id FROM (SELECT id, a AS sum FROM t) x WHERE x.id = 1', 't.id'],
    [
      'WITH, of which one part is used',
      'WITH x AS (SELECT id, a AS p, b AS q FROM t) SELECT id FROM x WHERE p = 1',
      't.a',
    ],
    [
      'WITH upon WITH',
      'WITH x AS (SELECT a AS p FROM t), y AS (SELECT p AS q FROM x WHERE p > 0) SELECT q FROM y',
      't.a',
    ],
    ['WITH that nobody reads', 'WITH x AS (SELECT id FROM t WHERE a = 1) SELECT id FROM u WHERE d = 1', 'u.d'],
    ['WITH of given names', 'WITH x (k) AS (SELECT a FROM t) SELECT k FROM x WHERE k = 1', 't.a'],
    [
      'a recursive WITH',
      'WITH RECURSIVE x AS (SELECT id, a FROM t UNION ALL SELECT t.id, t.b FROM t JOIN x ON x.id = t.c) SELECT id FROM x WHERE a = 1',
      't.a t.b t.c',
    ],
    [
      'EXISTS, by its conditions only',
      'SELECT id FROM t WHERE NOT EXISTS (SELECT d FROM u WHERE u.t_id = t.id)',
      't.id u.t_id',
    ],
    ['IN', 'SELECT id FROM t WHERE a IN (SELECT d FROM u)', 't.a u.d'],
    ['the nearest table of that name', 'SELECT id FROM t WHERE EXISTS (SELECT FROM u WHERE a = 1)', 'u.a'],
    ['LATERAL', 'SELECT t.id FROM t CROSS JOIN LATERAL (SELECT t.a + u.d AS s FROM u) x WHERE x.s = 1', 't.a u.d'],
    ['a function in FROM', 'SELECT t.id FROM t CROSS JOIN unnest(t.a) AS e WHERE e = 1', 't.a'],
    [
      'a function whose columns have no names here',
      'SELECT t.id FROM t, jsonb_each(t.a) AS e WHERE e.value IS NULL',
      't.a',
    ],
    ['GROUP BY an expression, a place, a name', 'SELECT a, b + 1 AS k, c AS n FROM t GROUP BY a, 2, n', 't.a t.b t.c'],
    ['HAVING', 'SELECT count(*) FROM t HAVING max(a) > 1', 't.a'],
    ['a named window', 'SELECT id, lag(a) OVER w FROM t WINDOW w AS (PARTITION BY b ORDER BY c)', 't.b t.c'],
    ['both sides of a UNION', 'SELECT id FROM t WHERE a = 1 UNION ALL SELECT id FROM u WHERE d = 1', 't.a u.d'],
    ['a whole row', 'SELECT id FROM t WHERE t::text = $1', 't.a t.b t.c t.id'],
    ['nothing that is not known', 'SELECT id FROM elsewhere WHERE x = 1', ''],
  ])('%s', (_name, sql, expected) => expect(conditions(sql)).toBe(expected));
});

it('what a value is made of', () => {
  expect(
    outputs(
      'SELECT count(*) FILTER (WHERE a = 1) AS value, id, b::text, (SELECT max(d) FROM u WHERE t_id = t.id) AS top FROM t',
    ),
  ).toEqual(['value: t.a', 'id: t.id', 'b: t.b', 'top: t.id u.d u.t_id']);
  expect(outputs('SELECT * FROM (SELECT u.*, t.a AS more FROM t JOIN u ON true) x')).toEqual([
    'id: u.id',
    't_id: u.t_id',
    'd: u.d',
    'a: u.a',
    'more: t.a',
  ]);
  expect(outputs('SELECT id, a FROM t UNION SELECT t_id, d FROM u')).toEqual(['id: t.id u.t_id', 'a: t.a u.d']);
  expect(outputs('SELECT column2 FROM (VALUES (1, 2), (3, 4)) AS v')).toEqual(['column2: ']);
});

describe('the checks of the catalogue', () => {
  let database: TestDatabase;
  let checks: CatalogueEntry[];
  beforeAll(async () => {
    database = await cloneDatabase('newer');
    await installOps(database);
    checks = await loadCatalogue({ directories: [], overrides: {}, cwd: '.' });
  });
  afterAll(() => database.drop());

  it('read the columns that PostgreSQL says a view of the same statement uses', async () => {
    const columns = readKnownSchema().map(({ name, columns }) => [name, columns.map((column) => column.name)] as const);
    const tables = new Map(columns);
    let compared = 0;
    for (const check of checks) {
      const used = await usedByView(check);
      const judged = [...judgedColumns(check, tables)];
      expect({ check: check.id, missing: judged.filter((place) => !used.has(place)) }).toEqual({
        check: check.id,
        missing: [],
      });
      // A WITH query that several checks share reads more than each of them needs; an outer join may be for show.
      if (/\bWITH\b|\bLEFT\b/.test(check.sql)) continue;
      const { conditions, output } = columnFlow(parse(check.sql), tables);
      const read = new Set([...conditions, ...output.flatMap(({ from }) => [...from])]);
      expect({ check: check.id, read: [...read].sort() }).toEqual({ check: check.id, read: [...used].sort() });
      compared++;
    }
    expect(compared).toBeGreaterThan(50);
  });

  it.each([
    ['orders.business-orphan', 'business_customers.id orders.businessId'],
    ['orders.customer-orphan', 'customers.id orders.customerId'],
    ['orders.before-signup', 'customers.createdAt customers.id orders.createdAt orders.customerId'],
    ['orders.items-malformed', 'orders.items'],
    [
      'customers.total-spent-drift',
      'customers.id customers.totalSpent orders.customerId orders.status orders.totalAmount',
    ],
    ['customers.total-orders-drift', 'customers.id customers.totalOrders orders.customerId orders.status'],
    ['sms.delivery-rate', 'sms_logs.createdAt sms_logs.direction sms_logs.status'],
    ['schema.drift', ''],
  ])('%s judges its own columns, whatever it shares a query with', (id, expected) => {
    const tables = new Map(readKnownSchema().map(({ name, columns }) => [name, columns.map((column) => column.name)]));
    const check = checks.find((each) => each.id === id);
    expect(check === undefined ? null : [...judgedColumns(check, tables)].sort().join(' ')).toBe(expected);
  });

  async function usedByView({ sql, parameters }: CatalogueEntry): Promise<Set<string>> {
    const globals = globalParameters({
      now: '2026-03-10T15:00:00Z',
      since: null,
      timezone: 'America/New_York',
      sold: ['PAID'],
      categories: ['New'],
      tags: ['New'],
    });
    const values = { ...globals, ...parameters };
    const text = sql.replaceAll(/(?<!:):([a-z_]+)/g, (use, name: string) => {
      const value = values[name];
      return value === undefined ? use : literal(value);
    });
    await database.query(`CREATE VIEW used AS ${text}`);
    const { rows } = await database.query<{ place: string }>(
      `SELECT CASE table_schema WHEN 'ops' THEN 'ops.' ELSE '' END || table_name || '.' || column_name AS place
       FROM information_schema.view_column_usage WHERE view_name = 'used' AND table_schema IN ('public', 'ops')`,
    );
    await database.query('DROP VIEW used');
    return new Set(rows.map(({ place }) => place));
  }
});
