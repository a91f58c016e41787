import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';
import { checksFolder, checkText, judge } from './judge.js';

// A check that reads a table beside the platform's says so in its header, and is skipped where that table is missing.

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await cloneDatabase();
  await database.query(
    `DO $$ BEGIN CREATE ROLE requires_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  );
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.query('DROP SCHEMA IF EXISTS ops CASCADE; DROP SCHEMA IF EXISTS own CASCADE');
  folder = checksFolder({
    'own/runs': checkText('SELECT id FROM ops.runs WHERE status IS NULL', { requires: 'ops.runs', entity: null }),
    'own/several': checkText('SELECT id FROM ops.runs, own.things WHERE false', {
      requires: '[ops.runs, own.things]',
      entity: null,
    }),
    'own/value': checkText('SELECT count(*) AS value FROM ops.runs', {
      level: null,
      entity: null,
      fail: '"< 0"',
      metric: '{unit: runs}',
      'no-value': 'fail',
      requires: 'ops.runs',
    }),
    'own/plain': checkText('SELECT id FROM orders WHERE status IS NULL'),
  });
});

const outcomes = async (url = database.url) => {
  const judged = await judge({ url }, ['own', '--checks', folder]);
  return {
    code: judged.code,
    results: Object.fromEntries(
      judged.results.map(({ id, status, reason, violations }) => [id, reason ?? `${status} ${violations}`]),
    ),
  };
};

describe('a check that requires a table', () => {
  it('is skipped without the schema ops, and holds up no other', async () => {
    const reason = 'the schema ops is not installed (`smsfood db install`)';
    expect(await outcomes()).toEqual({
      code: 0,
      results: { 'own.runs': reason, 'own.several': reason, 'own.value': reason, 'own.plain': 'pass 0' },
    });
    expect((await judge(database, ['own', '--checks', folder])).results.map(({ status }) => status)).toEqual([
      'pass',
      'skipped',
      'skipped',
      'skipped',
    ]);
  });

  it('is skipped where ops lacks the table, or another schema does', async () => {
    await database.query('CREATE SCHEMA ops');
    expect((await outcomes()).results).toMatchObject({
      'own.runs': 'the table ops.runs is not installed (`smsfood db install`)',
    });
    await database.query('CREATE TABLE ops.runs (id uuid, status text)');
    expect((await outcomes()).results).toEqual({
      'own.runs': 'pass 0',
      'own.value': 'pass null',
      'own.several': 'there is no table own.things',
      'own.plain': 'pass 0',
    });
    await database.query('CREATE SCHEMA own; CREATE TABLE own.things ()');
    expect((await outcomes()).results).toMatchObject({ 'own.several': 'pass 0' });
  });

  it('is skipped where the role may not read the table, in its schema or at all', async () => {
    await database.query('CREATE SCHEMA ops; CREATE TABLE ops.runs (id uuid, status text)');
    await database.query(
      'GRANT USAGE ON SCHEMA public TO requires_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public TO requires_reader',
    );
    const url = database.urlFor('requires_reader', 'secret');
    const refused = { code: 0, results: { 'own.plain': 'pass 0', 'own.runs': 'this role may not read ops.runs' } };
    expect(await outcomes(url)).toMatchObject(refused);
    await database.query('GRANT USAGE ON SCHEMA ops TO requires_reader');
    expect(await outcomes(url)).toMatchObject(refused);
    await database.query('GRANT SELECT ON ops.runs TO requires_reader');
    expect(await outcomes(url)).toMatchObject({ results: { 'own.runs': 'pass 0' } });
    await database.query('DROP OWNED BY requires_reader');
  });

  it('is skipped with a baseline and when one is written', async () => {
    const baseline = `${folder}/baseline.json`;
    const run = ['own', '--checks', folder];
    expect((await judge(database, [...run, '--write-baseline', baseline])).code).toBe(0);
    expect(
      (await judge(database, [...run, '--baseline', baseline, '--since', '2026-01-01T00:00:00Z'])).byId.get('own.runs'),
    ).toMatchObject({ status: 'skipped' });
  });

  it('says so in the verdict, its explanation and the plan, the reason once', async () => {
    const env = { DATABASE_URL: database.url };
    const verdict = await smsfood(['check', 'own', '--checks', folder], { env });
    expect(verdict.stdout).toMatch(
      /^Skipped\nThe schema ops is not installed \(`smsfood db install`\): own\.runs, own\.several,\s+own\.value\.\n\n4 checks:/,
    );
    const shown = await smsfood(['check', 'show', 'own.several', '--checks', folder], { env });
    expect(shown.stdout).toMatch(/Needs +ops\.runs, own\.things/);
    const plan = await smsfood(['check', 'explain', 'own', '--checks', folder], { env });
    expect(plan.stdout).toMatch(
      /Skipped\nThe schema ops is not installed \(`smsfood db install`\): own\.runs, own\.several,\s+own\.value\.\n/,
    );
    const document = JSON.parse(
      (await smsfood(['check', 'explain', 'own', '--checks', folder, '--format', 'json'], { env })).stdout,
    );
    expect(document.skipped.map(({ check }: { check: string }) => check)).toEqual([
      'own.runs',
      'own.several',
      'own.value',
    ]);
    expect(document.units.flatMap(({ checks }: { checks: string[] }) => checks)).toEqual(['own.plain']);
  });
});

it.each(['runs', 'ops.', 'ops."runs"', '[]', '[ops.runs, 5]', 'ops.runs, ops.x'])(
  'a header that requires %s is refused with its line',
  async (requires) => {
    const bad = checksFolder({ 'own/bad': checkText('SELECT id FROM orders WHERE status IS NULL', { requires }) });
    const { code, stderr } = await smsfood(['check', 'own', '--checks', bad], { env: { DATABASE_URL: database.url } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.sql:5: header key "requires.*\[CHECK_FILE_INVALID\]/);
  },
);
