import { beforeAll, describe, expect, it } from 'vitest';
import { type Shape, shapeOf, sourceKey } from '../../src/checks/shape.js';
import { loadParser } from '../../src/checks/sql-text.js';
import { parseSelect, tablesOf, targetNames } from '../../src/checks/statement.js';

beforeAll(loadParser);

function shape(sql: string, isMetric = false): Shape {
  return shapeOf(sql, parseSelect(sql, { file: 'test.sql', sqlLine: 1 }), isMetric);
}

/** Predicate and columns of a statement that is recognised as a filter. */
function filter(sql: string): { source: string; predicate: string; targets: [string, string][] } {
  const found = shape(sql);
  if (found.kind !== 'filter') throw new Error(`not a filter: ${'reason' in found ? found.reason : found.kind}`);
  return {
    source: found.source.name,
    predicate: found.predicate,
    targets: found.targets.map(({ name, sql: text }) => [name, text]),
  };
}

describe('a filter on one table', () => {
  it.each<[string, string, ReturnType<typeof filter>]>([
    [
      'as it is',
      'SELECT id, status FROM orders WHERE status IS NULL',
      {
        source: 'orders',
        predicate: 'status IS NULL',
        targets: [
          ['id', 'id'],
          ['status', 'status'],
        ],
      },
    ],
    [
      'its alias becomes the name of the table',
      'SELECT o.id, O."totalAmount" AS cents FROM orders AS o WHERE "o"."totalAmount" < 0',
      {
        source: 'orders',
        predicate: '"orders"."totalAmount" < 0',
        targets: [
          ['id', '"orders".id'],
          ['cents', '"orders"."totalAmount"'],
        ],
      },
    ],
    [
      'what only looks like the alias stays',
      `SELECT o.id, 'o.id' AS text FROM orders o WHERE o.items -> 'o.id' IS NOT NULL /* o.id */ AND zoo.x = 1 -- o.id`,
      {
        source: 'orders',
        predicate: `"orders".items -> 'o.id' IS NOT NULL /* o.id */ AND zoo.x = 1 -- o.id`,
        targets: [
          ['id', '"orders".id'],
          ['text', `'o.id'`],
        ],
      },
    ],
    [
      'IS DISTINCT FROM in a column',
      'SELECT id, a IS DISTINCT FROM b AS differs FROM t WHERE a > 0',
      {
        source: 't',
        predicate: 'a > 0',
        targets: [
          ['id', 'id'],
          ['differs', 'a IS DISTINCT FROM b'],
        ],
      },
    ],
    [
      'FROM and WHERE inside of functions',
      "SELECT id, extract(epoch FROM a) AS age FROM t WHERE trim(BOTH FROM b) = ''",
      {
        source: 't',
        predicate: "trim(BOTH FROM b) = ''",
        targets: [
          ['id', 'id'],
          ['age', 'extract(epoch FROM a)'],
        ],
      },
    ],
    [
      'WHERE in text, in a comment and in dollar quotes',
      "SELECT id, 'WHERE' AS a, $$ FROM t WHERE $$ AS b /* WHERE */ FROM t -- WHERE\nWHERE a = ' WHERE '",
      {
        source: 't',
        predicate: "a = ' WHERE '",
        targets: [
          ['id', 'id'],
          ['a', "'WHERE'"],
          ['b', '$$ FROM t WHERE $$'],
        ],
      },
    ],
    [
      'columns named by keywords',
      'SELECT t.id, t.from, t.where AS where FROM t WHERE t.from > 0',
      {
        source: 't',
        predicate: 't.from > 0',
        targets: [
          ['id', 't.id'],
          ['from', 't.from'],
          ['where', 't.where'],
        ],
      },
    ],
    [
      'an alias without AS',
      'SELECT id, "totalAmount" cents FROM orders WHERE true',
      {
        source: 'orders',
        predicate: 'true',
        targets: [
          ['id', 'id'],
          ['cents', '"totalAmount"'],
        ],
      },
    ],
    [
      'comments between columns',
      'SELECT id, -- the key\n  a, -- last\n  b -- FROM nowhere\nFROM t WHERE a > 0 -- done',
      {
        source: 't',
        predicate: 'a > 0 -- done',
        targets: [
          ['id', 'id'],
          ['a', 'a'],
          ['b', 'b'],
        ],
      },
    ],
    [
      'casts',
      'SELECT id, a::date, b::numeric(10, 2) AS amount FROM t WHERE a::text = ANY (:sold)',
      {
        source: 't',
        predicate: 'a::text = ANY (:sold)',
        targets: [
          ['id', 'id'],
          ['a', 'a::date'],
          ['amount', 'b::numeric(10, 2)'],
        ],
      },
    ],
    [
      'text beyond ASCII',
      "SELECT id, 'Grüße 😀' AS gruß FROM t WHERE name = 'Ñandú' AND city <> '東京'",
      {
        source: 't',
        predicate: "name = 'Ñandú' AND city <> '東京'",
        targets: [
          ['id', 'id'],
          ['gruß', "'Grüße 😀'"],
        ],
      },
    ],
    ['SELECT ALL', 'SELECT ALL id FROM t WHERE a > 0', { source: 't', predicate: 'a > 0', targets: [['id', 'id']] }],
    [
      'a subquery over the row itself',
      "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(t.items) AS e WHERE e ->> 'x' = '1')",
      {
        source: 't',
        predicate: "EXISTS (SELECT 1 FROM jsonb_array_elements(t.items) AS e WHERE e ->> 'x' = '1')",
        targets: [['id', 'id']],
      },
    ],
    [
      'a table in quotes',
      'SELECT id FROM "Orders" WHERE "Orders".a > 0',
      { source: 'Orders', predicate: '"Orders".a > 0', targets: [['id', 'id']] },
    ],
    [
      'a table in quotes, with an alias',
      'SELECT o.id FROM "user" o WHERE o.a > 0',
      { source: 'user', predicate: '"user".a > 0', targets: [['id', '"user".id']] },
    ],
  ])('%s', (_, sql, expected) => {
    expect(filter(sql)).toEqual(expected);
  });
});

describe('what stands alone, and why', () => {
  it.each([
    [
      'SELECT id, generate_series(1, a) AS n FROM t WHERE a > 0',
      'it selects a function that may change the number of rows',
    ],
    ['SELECT id, unnest(tags) AS tag FROM t WHERE a > 0', 'it selects a function that may change the number of rows'],
    ['SELECT id, mine.lower(a) AS x FROM t WHERE a > 0', 'it selects a function that may change the number of rows'],
    ['SELECT DISTINCT id FROM t WHERE a > 0', 'it has DISTINCT'],
    ['SELECT DISTINCT ON (id) id FROM t WHERE a > 0', 'it has DISTINCT'],
    ['SELECT id FROM t WHERE a > 0 GROUP BY id', 'it groups rows'],
    ['SELECT max(id) AS id FROM t WHERE a > 0 HAVING count(*) > 1', 'it groups rows'],
    ['SELECT id FROM t WHERE a > 0 LIMIT 5', 'it has LIMIT'],
    ['SELECT id FROM t WHERE a > 0 OFFSET 5', 'it has LIMIT'],
    ['SELECT id FROM t WHERE a > 0 FETCH FIRST 5 ROWS ONLY', 'it has LIMIT'],
    ['SELECT id FROM t WHERE a > 0 ORDER BY id', 'it has ORDER BY'],
    ['SELECT id, row_number() OVER () AS n FROM t WHERE a > 0', 'it has a window function'],
    ['SELECT id FROM t WHERE a > 0 WINDOW w AS (ORDER BY id)', 'it has WINDOW'],
    ['SELECT id FROM t WHERE a IN (SELECT a FROM u)', 'a subquery reads a table'],
    ['SELECT id, (SELECT 1) AS one FROM t WHERE a > 0', 'it selects a subquery'],
    ['SELECT id FROM t', 'it has no WHERE'],
    ['SELECT id FROM t, u WHERE t.a = u.a', 'it joins, or selects from something that is no table'],
    ['SELECT t.id FROM t JOIN u ON t.a = u.a WHERE t.a > 0', 'it joins, or selects from something that is no table'],
    ['SELECT id FROM (SELECT 1 AS id) AS s WHERE id > 0', 'it joins, or selects from something that is no table'],
    ['SELECT id FROM ONLY t WHERE a > 0', 'it joins, or selects from something that is no table'],
    ['SELECT id FROM t TABLESAMPLE SYSTEM (10) WHERE a > 0', 'it joins, or selects from something that is no table'],
    ['SELECT id FROM other.t WHERE a > 0', 'it joins, or selects from something that is no table'],
    ['SELECT x AS id FROM t AS o (x) WHERE x > 0', 'it joins, or selects from something that is no table'],
    ['SELECT 1 AS id', 'it reads no table itself'],
    ['SELECT id FROM t WHERE a > 0 UNION ALL SELECT id FROM u WHERE a > 0', 'it combines several SELECTs'],
    ['SELECT * FROM t WHERE a > 0', 'it selects *'],
    ['SELECT id, t.* FROM t WHERE a > 0', 'it selects *'],
    ['SELECT id, lower(a) FROM t WHERE a > 0', 'it selects an expression without a name'],
    [
      'SELECT o.id FROM t o WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(o.items) AS o WHERE o.value IS NULL)',
      'an inner alias hides the table',
    ],
    [
      'SELECT o.id FROM t o WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(o.items) AS t WHERE t.value IS NULL)',
      'an inner alias hides the table',
    ],
    ["SELECT o.id FROM t o WHERE to_jsonb(o) ->> 'a' = '1'", 'it uses a row as a whole'],
  ])('%s', (sql, reason) => {
    expect(shape(sql)).toEqual({ kind: 'alone', hasCents: false, reason });
  });

  it('knows that cents are selected', () => {
    expect(shape('SELECT DISTINCT id, a AS cents FROM t WHERE a > 0')).toMatchObject({ kind: 'alone', hasCents: true });
    expect(shape('SELECT id, a AS cents FROM t UNION SELECT id, a FROM u')).toMatchObject({
      kind: 'alone',
      hasCents: true,
    });
  });
});

describe('a metric', () => {
  it.each([
    'SELECT count(*) AS value FROM t',
    'SELECT max(a) FILTER (WHERE b) - min(a) AS value, sum(a) / nullif(count(b), 0) AS other FROM t',
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) AS value, CASE WHEN count(*) = 0 THEN 'none' END AS reason FROM t",
  ])('of aggregates joins the scan: %s', (sql) => {
    expect(shape(sql, true)).toMatchObject({ kind: 'aggregate', source: { kind: 'table', name: 't' } });
  });

  it.each([
    ['SELECT count(*) AS value FROM t WHERE a > 0', 'a metric with WHERE'],
    ['SELECT a AS value FROM t', 'a metric that does not summarise rows'],
    ['SELECT 5 AS value FROM t', 'a metric that does not summarise rows'],
    ['SELECT a + count(*) AS value FROM t', 'a metric that does not summarise rows'],
    ['SELECT count(*) AS value FROM t GROUP BY a', 'it groups rows'],
    ['SELECT string_agg(a, $$,$$) AS value FROM t', 'a metric that does not summarise rows'],
    ['SELECT sum(count(*)) OVER () AS value FROM t', 'it has a window function'],
  ])('that cannot: %s', (sql, reason) => {
    expect(shape(sql, true)).toMatchObject({ kind: 'alone', reason });
  });
});

describe('a WITH query', () => {
  const body = 'SELECT id, count(*) AS n FROM t GROUP BY id';

  it('is the source of a filter over it', () => {
    const found = shape(`WITH sums AS (${body}) SELECT s.id FROM sums s WHERE s.n > 1`);
    expect(found).toEqual({
      kind: 'filter',
      source: { kind: 'cte', name: 'sums', body },
      predicate: 'sums.n > 1',
      targets: [{ name: 'id', sql: 'sums.id' }],
    });
  });

  it('is shared by what is no filter', () => {
    expect(
      shape(`WITH sums AS MATERIALIZED (${body}) SELECT id, n AS cents FROM sums WHERE n > 1 ORDER BY id`),
    ).toEqual({
      kind: 'shared',
      source: { kind: 'cte', name: 'sums', body },
      rest: 'SELECT id, n AS cents FROM sums WHERE n > 1 ORDER BY id',
      hasCents: true,
      reason: 'it has ORDER BY',
    });
    expect(shape(`WITH sums AS (${body}), more AS (SELECT id FROM sums) SELECT id FROM more WHERE true`)).toMatchObject(
      {
        kind: 'shared',
        rest: 'WITH more AS (SELECT id FROM sums) SELECT id FROM more WHERE true',
      },
    );
  });

  it('stands alone where it is recursive or names its columns', () => {
    expect(
      shape(
        'WITH RECURSIVE n AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM n WHERE id < 3) SELECT id FROM n WHERE id > 1',
      ),
    ).toMatchObject({ kind: 'alone' });
    expect(shape('WITH n (id) AS (SELECT 1) SELECT id FROM n WHERE id > 1')).toMatchObject({ kind: 'alone' });
  });

  it('is the same for two checks whatever its white space and comments, and another with other words', () => {
    const key = (text: string) => {
      const found = shape(`WITH sums AS (${text}) SELECT id FROM sums WHERE n > 1`);
      if (found.kind !== 'filter') throw new Error(found.kind);
      return sourceKey(found.source);
    };
    expect(key(`\n  SELECT id, -- one\n    count( * ) AS n /* two */ FROM t\nGROUP BY id\n`)).toBe(key(body));
    expect(key(body.replace('count', 'sum'))).not.toBe(key(body));
    expect(key(body.replace('GROUP BY id', "WHERE a = 'x' GROUP BY id"))).not.toBe(
      key(body.replace('GROUP BY id', "WHERE a = 'X' GROUP BY id")),
    );
  });
});

describe('names', () => {
  const parsed = (sql: string) => parseSelect(sql, { file: 'test.sql', sqlLine: 1 });

  it('of columns, as PostgreSQL gives them', () => {
    expect(targetNames(parsed('SELECT a, t.b, c AS d, "E" e, f::text, lower(g), 1 FROM t'))).toEqual([
      'a',
      'b',
      'd',
      'e',
      'f',
      '',
      '',
    ]);
  });

  it('of tables that are read, without the statement’s own', () => {
    expect(
      tablesOf(
        parsed('WITH a AS (SELECT 1 FROM t) SELECT 1 FROM a JOIN u ON EXISTS (SELECT 1 FROM v) UNION SELECT 2 FROM t'),
      ).sort(),
    ).toEqual(['t', 'u', 'v']);
  });
});
