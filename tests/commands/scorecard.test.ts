import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { score } from '../../src/checks/scorecard.js';
import type { FindingStatus } from '../../src/report.js';
import { damagedDatabase } from '../checks/damaged.js';
import { checksFolder, checkText, type Judged, judge } from '../checks/judge.js';
import type { TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';

const ScoreSchema = z.strictObject({
  name: z.string(),
  score: z.number().min(0).max(100).nullable(),
  previous: z.number().nullable(),
  checks: z.number(),
  failing: z.number(),
  unjudged: z.number(),
});
const ScorecardSchema = z.strictObject({
  schema: z.literal('smsfood.scorecard/1'),
  asOf: z.iso.datetime(),
  comparedWith: z.iso.datetime().nullable(),
  overall: ScoreSchema,
  dimensions: z.array(ScoreSchema),
  domains: z.array(ScoreSchema),
  fillRates: z.array(
    z.strictObject({
      table: z.string(),
      column: z.string(),
      filled: z.number(),
      rows: z.number(),
      share: z.number().nullable(),
    }),
  ),
});

let database: TestDatabase;
beforeAll(async () => {
  database = await damagedDatabase();
});
afterAll(() => database.drop());

async function scorecard(
  args: readonly string[] = [],
): Promise<z.infer<typeof ScorecardSchema> & { code: number; stderr: string }> {
  const { code, stdout, stderr } = await smsfood(['scorecard', '--format', 'json', ...args], {
    env: { DATABASE_URL: database.url },
  });
  if (stdout === '') throw new Error(stderr);
  return { ...ScorecardSchema.parse(JSON.parse(stdout)), code, stderr };
}

/** The score by its definition, written once more: 2 points at level fail, 1 at level warn, half for a warning of the former. */
function expected(results: Judged['results'], isIn: (result: Judged['results'][number]) => boolean) {
  const own = results.filter(isIn);
  const judged = own.filter(({ status }) => status !== 'error' && status !== 'skipped');
  const points = judged.map(
    ({ level, status }) => (level === 'fail' ? { pass: 2, warn: 1 }[String(status)] : { pass: 1 }[String(status)]) ?? 0,
  );
  const possible = judged.reduce((sum, { level }) => sum + (level === 'fail' ? 2 : 1), 0);
  const earned = points.reduce((sum, each) => sum + each, 0);
  return {
    score: possible === 0 ? null : Math.round((1000 * earned) / possible) / 10,
    checks: own.length,
    failing: own.filter(({ status }) => status === 'fail' || status === 'warn').length,
    unjudged: own.length - judged.length,
  };
}

describe('scores', () => {
  it.each<[['fail' | 'warn', FindingStatus][], number | null]>([
    [[], null],
    [
      [
        ['fail', 'error'],
        ['warn', 'skipped'],
      ],
      null,
    ],
    [
      [
        ['fail', 'pass'],
        ['warn', 'pass'],
      ],
      100,
    ],
    [
      [
        ['fail', 'fail'],
        ['warn', 'warn'],
      ],
      0,
    ],
    [
      [
        ['fail', 'pass'],
        ['warn', 'warn'],
      ],
      66.7,
    ],
    [
      [
        ['fail', 'fail'],
        ['warn', 'pass'],
      ],
      33.3,
    ],
    [
      [
        ['fail', 'warn'],
        ['warn', 'pass'],
      ],
      66.7,
    ],
    [
      [
        ['fail', 'warn'],
        ['fail', 'error'],
      ],
      50,
    ],
  ])('of %j is %s', (results, wanted) => {
    expect(
      score(results.map(([level, status], index) => ({ id: `a.b${index}`, dimension: 'validity', level, status }))),
    ).toBe(wanted);
  });

  it('follow from the verdicts, overall and for each dimension and domain', async () => {
    const judged = await judge(database, [], { clock: null });
    const card = await scorecard();
    expect(card).toMatchObject({ code: 0, stderr: '', comparedWith: null });
    expect(card.overall).toMatchObject({ name: 'overall', previous: null, ...expected(judged.results, () => true) });
    const names = (of: (result: Judged['results'][number]) => string) => [...new Set(judged.results.map(of))].sort();
    expect(card.dimensions.map(({ name }) => name).sort()).toEqual(names(({ dimension }) => String(dimension)));
    expect(card.domains.map(({ name }) => name).sort()).toEqual(names(({ id }) => id.split('.')[0] ?? ''));
    for (const each of card.dimensions)
      expect(each).toMatchObject({
        name: each.name,
        ...expected(judged.results, ({ dimension }) => dimension === each.name),
      });
    for (const each of card.domains)
      expect(each).toMatchObject({
        name: each.name,
        ...expected(judged.results, ({ id }) => id.startsWith(`${each.name}.`)),
      });
    const scores = card.dimensions.flatMap((each) => each.score ?? []);
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
  });

  it('say so where something could not be judged', async () => {
    const folder = checksFolder({
      'own/broken': checkText('SELECT id FROM orders WHERE nothing > 0'),
      'own/fine': checkText('SELECT id FROM orders WHERE false'),
    });
    const card = await scorecard(['own', '--checks', folder]);
    expect(card).toMatchObject({ code: 3, overall: { score: 100, checks: 2, unjudged: 1 } });
    const nothing = await scorecard(['own.broken', '--checks', folder]);
    expect(nothing).toMatchObject({
      code: 3,
      overall: { score: null, unjudged: 1 },
      domains: [{ name: 'own', score: null }],
    });
  });
});

describe('fill rates', () => {
  it('are those of every optional column, blank text and JSON null not counted', async () => {
    await database.query(
      `UPDATE customers SET notes = E' \\t\\n', preferences = 'null' WHERE id IN (SELECT id FROM customers ORDER BY id LIMIT 3)`,
    );
    const { fillRates } = await scorecard(['customers.name-missing']);
    const { rows: columns } = await database.query<{ table: string; column: string; type: string }>(
      `SELECT table_name AS table, column_name AS column, data_type AS type FROM information_schema.columns
       WHERE table_schema = 'public' AND is_nullable = 'YES' ORDER BY 1, 2`,
    );
    expect(columns.length).toBeGreaterThan(40);
    const wanted = [];
    for (const { table, column, type } of columns) {
      const name = pg.escapeIdentifier(column);
      const filled =
        type === 'text'
          ? `nullif(btrim(${name}, E' \\t\\r\\n'), '')`
          : type === 'jsonb'
            ? `nullif(${name}, 'null')`
            : name;
      const { rows } = await database.query<{ filled: string; rows: string }>(
        `SELECT count(${filled}) AS filled, count(*) AS rows FROM ${table}`,
      );
      const [row] = rows.map((each) => ({ filled: Number(each.filled), rows: Number(each.rows) }));
      if (row !== undefined)
        wanted.push({ table, column, ...row, share: row.rows === 0 ? null : row.filled / row.rows });
    }
    const byName = (a: { table: string; column: string }, b: { table: string; column: string }) =>
      `${a.table}.${a.column}`.localeCompare(`${b.table}.${b.column}`);
    expect(fillRates.toSorted(byName)).toEqual(wanted.toSorted(byName));
    expect(new Set(fillRates.map(({ share }) => share)).size).toBeGreaterThan(5);
  });
});

describe('output', () => {
  it('is a table, Markdown or CSV, to a file where one is named', async () => {
    const env = { DATABASE_URL: database.url };
    const table = await smsfood(['scorecard'], { env, columns: 120 });
    expect(table.code).toBe(0);
    for (const words of [
      'Dimensions',
      'Domains',
      'Optional columns',
      'customers.email',
      'overall',
      'No trend: the schema ops is not installed',
    ])
      expect(table.stdout).toContain(words);
    const file = join(temporaryFolder(), 'card.md');
    const markdown = await smsfood(['scorecard', '--format', 'markdown', '--output', file], { env });
    expect(markdown).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toMatch(/\| Name \|/);
    const csv = await smsfood(['scorecard', '--format', 'csv'], { env });
    expect(csv.stdout).toMatch(/^name,score/i);
  });

  it.each([
    [['--format', 'junit']],
    [['--dimension', 'nothing']],
    [['nothing-like-it']],
    [['--owner', 'nobody-we-know']],
  ])('refuses %j', async (args) => {
    const { code, stdout, stderr } = await smsfood(['scorecard', ...args], {
      env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
  });
});

describe('the trend', () => {
  it('compares with the last run of each check that judged everything by the real clock', async () => {
    await smsfood(['db', 'install'], { env: { DATABASE_URL: database.url } });
    expect((await scorecard(['phones'])).overall.previous).toBeNull();
    const folder = checksFolder({
      'own/one': checkText('SELECT id FROM orders WHERE "totalAmount" < -999999'),
      'own/two': checkText(`SELECT id FROM menus WHERE title = 'broken now'`, { level: 'warn', entity: 'menus' }),
    });
    const args = ['own', '--checks', folder];
    const before = await judge(database, args, { clock: null });
    await judge(database, args); // with --as-of: counts for no trend
    const same = await scorecard(args);
    expect(same).toMatchObject({ comparedWith: before.run.startedAt, overall: { score: 100, previous: 100 } });
    await database.query(`UPDATE menus SET title = 'broken now' WHERE id = (SELECT min(id) FROM menus)`);
    const worse = await scorecard(args);
    expect(worse.overall).toMatchObject({ score: 66.7, previous: 100, failing: 1 });
    const table = await smsfood(['scorecard', ...args], { env: { DATABASE_URL: database.url }, columns: 120 });
    expect(table.stdout).toMatch(/-33\.3/);
    await judge(database, args, { clock: null });
    expect((await scorecard(args)).overall).toMatchObject({ score: 66.7, previous: 66.7 });
  });
});
