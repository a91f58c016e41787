import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { checksFolder, checkText } from './judge.js';

/** Nothing listens there: whoever connects gets exit code 3. */
const UNREACHABLE = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' };

async function refusal(folder: string, patterns: string[] = []): Promise<string[]> {
  const outcome = await smsfood(['check', ...patterns, '--checks', folder], { env: UNREACHABLE });
  expect(outcome.stdout).toBe('');
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/^error: .* \[[A-Z_]+\]\n/),
  });
  return outcome.stderr
    .trim()
    .split('\n')
    .map((line) => line.trim());
}

const SQL = 'SELECT id FROM orders WHERE status IS NULL';

describe('a check file that is refused, with its place', () => {
  it.each<[string, string, number, RegExp, RegExp?]>([
    ['without a header', SQL, 1, /no header/],
    ['an empty one', '', 1, /no header/],
    [
      'an unknown header key',
      checkText(SQL, { owenr: 'finance' }),
      5,
      /unknown header key "owenr"/,
      /Did you mean "owner"\?/,
    ],
    [
      'an unknown key of a metric',
      checkText('SELECT 1 AS value', { level: null, fail: '"> 1"', metric: '{unit: x, units: y}' }),
      5,
      /unknown header key "metric.units"/,
      /"unit"/,
    ],
    ['an unknown dimension', checkText(SQL, { dimension: 'vality' }), 2, /"dimension" cannot be "vality"/, /validity/],
    ['an unknown level', checkText(SQL, { level: 'error' }), 3, /"level" cannot be "error"/, /fail, warn/],
    ['no title', checkText(SQL, { title: null }), 1, /"title"/],
    ['malformed YAML', checkText(SQL, { owner: '"finance' }), 5, /not valid YAML/],
    ['a key given twice', `${'--! owner: a\n'.repeat(2)}${checkText(SQL)}`, 2, /not valid YAML/],
    ['an alias instead of text', checkText(SQL, { why: '*Important' }), 1, /not valid YAML/, /quotes/],
    ['an alias before text', checkText(SQL, { why: '*Important* for finance' }), 5, /not valid YAML/, /quotes/],
    ['YAML that is no mapping', `--! - a\n--! - b\n${SQL}`, 1, /header/],
    ['no threshold', checkText(SQL, { level: null }), 1, /no threshold/],
    ['a level and a threshold', checkText(SQL, { fail: '"> 5"' }), 3, /not both/],
    ['a malformed threshold', checkText(SQL, { level: null, fail: 'more than 5' }), 4, /"more than 5" is no threshold/],
    ['a threshold without its quotes', checkText(SQL, { level: null, fail: '> 5' }), 4, /YAML|threshold/],
    ['a threshold that is a number', checkText(SQL, { level: null, fail: '5' }), 4, /"fail"/],
    [
      'a percentage without an entity',
      checkText(SQL, { level: null, entity: null, fail: '"> 5%"' }),
      3,
      /needs "entity:"/,
    ],
    [
      'a percentage of a metric',
      checkText('SELECT 1 AS value', { level: null, fail: '"> 5%"', metric: '{unit: x}' }),
      4,
      /compared with its value/,
    ],
    ['a level for a metric', checkText('SELECT 1 AS value', { metric: '{unit: x}' }), 3, /a metric has no violations/],
    [
      'a parameter of an unknown type',
      checkText(SQL, { params: '{age: {intervall: 1 day}}' }),
      5,
      /params/,
      /interval/,
    ],
    ['a parameter without its type', checkText(SQL, { params: '{age: 5}' }), 5, /params.age/],
    [
      'a parameter of two types',
      checkText(SQL, { params: '{age: {integer: 5, text: a}}' }),
      5,
      /one \{type: default\}/,
    ],
    ['a default of another type', checkText(SQL, { params: '{age: {integer: five}}' }), 5, /"five" is no integer/],
    [
      'an integer that the database cannot hold',
      checkText(SQL, { params: '{age: {integer: 3000000000}}' }),
      5,
      /no integer/,
    ],
    ['an interval that is none', checkText(SQL, { params: '{age: {interval: soon}}' }), 5, /"soon" is no interval/],
    [
      'an unknown parameter',
      checkText('SELECT id FROM orders\nWHERE status IS NULL\n  AND "createdAt" < :noww'),
      7,
      /unknown parameter ":noww" \(column 21\)/,
      /"now"/,
    ],
    [
      'a parameter of the same name in text only',
      checkText("SELECT id FROM orders WHERE status = ':age'", { params: '{age: {integer: 5}}' }),
      1,
      /"age" is declared and never used/,
    ],
    ['an unused parameter', checkText(SQL, { params: '{age: {integer: 5}}' }), 1, /"age" is declared and never used/],
    [
      'a parameter that hides a global one',
      checkText('SELECT id FROM orders WHERE "createdAt" < :now', { params: '{now: {integer: 5}}' }),
      1,
      /"now" is one that every check has/,
    ],
    [
      ':since in the statement',
      checkText('SELECT id FROM orders WHERE "createdAt" < :since'),
      5,
      /unknown parameter ":since"/,
    ],
    [
      'an unknown parameter in the header',
      checkText(SQL, { population: `'"createdAt" > :then'` }),
      1,
      /unknown parameter ":then" in the header/,
    ],
    [
      'a population without an entity',
      checkText(SQL, { entity: null, population: "'true'" }),
      1,
      /"population" restricts/,
    ],
    ['a population that is no predicate', checkText(SQL, { population: 'status =' }), 1, /syntax error/],
    ['a population with an open quote', checkText(SQL, { population: `"status = 'x"` }), 1, /unterminated/],
    [
      'an entity that is no table',
      checkText(SQL, { entity: '"orders; DROP TABLE orders"' }),
      1,
      /must be the name of a table/,
    ],
    ['a since that is no query', checkText(SQL, { since: 'DELETE FROM orders' }), 1, /a check only reads/],
    ['nothing below the header', checkText(''), 6, /no statement/],
    ['only a comment below the header', checkText('-- later'), 5, /no statement/],
    [
      'a syntax error',
      checkText('SELECT id\nFROM orders\nWHEER status IS NULL\n  AND id > 1'),
      7,
      /syntax error at or near "status" \(column 7\)/,
    ],
    [
      'a syntax error behind a short parameter',
      checkText('SELECT id FROM orders WHERE a < :n AND ORDER', { params: '{n: {integer: 5}}' }),
      6,
      /syntax error at or near "ORDER" \(column 40\)/,
    ],
    [
      'an open quote',
      checkText("SELECT id FROM orders\nWHERE status = 'new AND :now"),
      6,
      /unterminated quoted string/,
    ],
    ['an open comment', checkText('SELECT id FROM orders /* all of them'), 5, /unterminated/],
    [
      'two statements',
      checkText(`${SQL};\n\nSELECT 2 AS id`),
      7,
      /a check is one statement, and a second one starts here/,
    ],
    [
      'a second statement behind text beyond ASCII',
      checkText(`SELECT id FROM orders WHERE name = 'Ñ😀';\nDROP TABLE orders`),
      6,
      /second one starts here/,
    ],
    [
      'an INSERT',
      checkText('INSERT INTO orders DEFAULT VALUES RETURNING id'),
      5,
      /must be a SELECT, and this is INSERT/,
    ],
    ['an UPDATE', checkText('UPDATE orders SET id = id RETURNING id'), 5, /this is UPDATE/],
    ['a DELETE', checkText('DELETE FROM orders RETURNING id'), 5, /this is DELETE/],
    ['a TRUNCATE', checkText('TRUNCATE orders'), 5, /this is TRUNCATE/],
    ['a DO block', checkText('DO $$ BEGIN DELETE FROM orders; END $$'), 5, /this is DO/],
    ['a COPY', checkText("COPY orders TO PROGRAM 'cat'"), 5, /this is COPY/],
    [
      'a WITH that deletes',
      checkText('WITH gone AS (DELETE FROM orders RETURNING id) SELECT id FROM gone'),
      5,
      /this one has a DELETE/,
    ],
    [
      'a WITH that inserts, deep inside',
      checkText('SELECT id FROM (WITH x AS (INSERT INTO orders DEFAULT VALUES RETURNING id) SELECT id FROM x) AS y'),
      5,
      /this one has an INSERT/,
    ],
    ['a SELECT INTO', checkText('SELECT id INTO copied FROM orders'), 5, /this one has an INTO/],
    ['a row lock', checkText(`${SQL} FOR UPDATE`), 5, /row lock/],
    ['a row lock in a subquery', checkText('SELECT id FROM (SELECT id FROM orders FOR SHARE) AS held'), 5, /row lock/],
    [
      'no key column',
      checkText('SELECT status FROM orders WHERE status IS NULL'),
      5,
      /does not select "id", the key column/,
    ],
    [
      'a misspelt key column',
      checkText('SELECT "customerId" FROM orders', { key: 'customer_id' }),
      6,
      /does not select "customer_id"/,
      /"customerId"/,
    ],
    [
      'a metric without a value',
      checkText('SELECT count(*) AS valeu FROM orders', { level: null, fail: '"> 1"', metric: '{unit: x}' }),
      6,
      /does not select "value"/,
      /"valeu"/,
    ],
  ])('%s', async (_, text, line, message, hint) => {
    const folder = checksFolder({ 'own/bad': text });
    const [error = '', advice = ''] = await refusal(folder, ['own.bad']);
    expect(error).toMatch(message);
    expect(error).toContain(`${join(folder, 'own', 'bad.sql')}:${line}: `);
    expect(error).toMatch(/\[CHECK_FILE_INVALID\]$/);
    if (hint !== undefined) expect(advice).toMatch(hint);
  });
});

describe('a folder that is refused', () => {
  it('that is missing, a file, empty, or without checks', async () => {
    const folder = temporaryFolder({ 'file.sql': 'x', 'notes/readme.md': 'x' });
    mkdirSync(join(folder, 'empty'));
    expect((await refusal(join(folder, 'missing')))[0]).toMatch(/There is no folder .*missing/);
    expect((await refusal(join(folder, 'file.sql')))[0]).toMatch(/There is no folder .*file.sql/);
    expect((await refusal(join(folder, 'empty')))[0]).toMatch(/holds no checks/);
    expect((await refusal(join(folder, 'notes')))[0]).toMatch(/holds no checks/);
  });

  it('with a file at another depth, or with capitals in its name', async () => {
    expect((await refusal(checksFolder({ top: checkText(SQL) })))[0]).toMatch(
      /top\.sql does not lie at <domain>\/<slug>\.sql/,
    );
    expect((await refusal(checksFolder({ 'a/b/deep': checkText(SQL) })))[0]).toMatch(/deep\.sql does not lie at/);
    expect((await refusal(checksFolder({ 'Own/bad': checkText(SQL) })))[0]).toMatch(/lower-case names/);
    expect((await refusal(checksFolder({ 'own/Bad_one': checkText(SQL) })))[0]).toMatch(/lower-case names/);
  });

  it('with a check that there is already', async () => {
    const [error = ''] = await refusal(checksFolder({ 'orders/stale-pending': checkText(SQL) }));
    expect(error).toMatch(
      /Two files define the check orders\.stale-pending: .*stale-pending\.sql and .*stale-pending\.sql/,
    );
  });
});

describe('a check file that is accepted', () => {
  it.each<[string, string]>([
    [
      'every header',
      checkText('SELECT id, 5 AS cents FROM orders WHERE "createdAt" > :now - :age', {
        level: null,
        fail: '"> 5%"',
        warn: '">= 1"',
        key: 'id',
        owner: 'finance',
        why: '"*Important*: yes"',
        remedy: 'Look.',
        population: `"status::text = ANY (:sold)"`,
        params: '{age: {interval: 1 day 2 hours}}',
        since: 'SELECT id FROM orders WHERE "updatedAt" >= :since - :age',
        'no-value': 'skip',
      }),
    ],
    ['Windows line ends and a byte-order mark', `\uFEFF${checkText(SQL).replaceAll('\n', '\r\n')}`],
    ['a trailing semicolon and comments', checkText(`-- first\n${SQL}; -- last`)],
    [
      'a metric',
      checkText('SELECT 1 AS value', { level: null, warn: '"< 0.5"', metric: '{unit: ratio}', entity: null }),
    ],
    ['everything', checkText('SELECT * FROM orders WHERE status IS NULL')],
    ['a header of several lines', `--! title: |\n--!   One\n--!   Two\n${checkText(SQL, { title: null })}`],
    ['VALUES inside', checkText("SELECT id FROM (VALUES ('a'), ('b')) AS x (id)", { entity: null })],
  ])('%s', async (_, text) => {
    const outcome = await smsfood(
      ['check', 'list', 'own', '--checks', checksFolder({ 'own/good': text }), '--format', 'json'],
      { env: UNREACHABLE },
    );
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout).checks).toMatchObject([{ id: 'own.good' }]);
  });

  it('behind a link, as a ConfigMap mounts it', async () => {
    const folder = temporaryFolder({ 'data/x.sql': checkText(SQL), 'checks/own/y.sql': checkText(SQL) });
    symlinkSync(join(folder, 'data', 'x.sql'), join(folder, 'checks', 'own', 'x.sql'));
    const outcome = await smsfood(['check', 'list', 'own', '--checks', join(folder, 'checks'), '--format', 'json']);
    expect(JSON.parse(outcome.stdout).checks).toMatchObject([{ id: 'own.x' }, { id: 'own.y' }]);
  });

  it('a broken one beside it is not read when it is not asked for, and refuses the run when it is', async () => {
    const folder = checksFolder({ 'own/good': checkText(SQL), 'own/bad': checkText('SELECT') });
    expect((await smsfood(['check', 'list', 'own.good', '--checks', folder])).code).toBe(0);
    expect((await refusal(folder, ['own']))[0]).toContain('bad.sql');
  });
});
