import { execFileSync } from 'node:child_process';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CatalogueEntry, loadCatalogue } from '../../src/checks/catalogue.js';
import type { TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';
import { damagedDatabase } from './damaged.js';
import { FIXTURE_CLOCK } from './fixtures.js';
import { type Judged, judge, verdict } from './judge.js';

const catalogue = await loadCatalogue({ directories: [], overrides: {}, cwd: '.' });
const rowChecks = catalogue.filter(({ metric }) => metric === null);
const metrics = catalogue.filter(({ metric }) => metric !== null);

for (const generation of ['production', 'newer'] as const) {
  describe(`on the ${generation} generation`, () => {
    let database: TestDatabase;
    let together: Judged;
    beforeAll(async () => {
      database = await damagedDatabase(generation, { ops: true });
      together = await judge(database);
    });
    afterAll(() => database.drop());

    it('judges every check once, without an error, on damage that most checks find', () => {
      expect(together.results.map(({ id }) => id)).toEqual(catalogue.map(({ id }) => id));
      expect(together.results.filter(({ status }) => status === 'error')).toEqual([]);
      expect(together.results.filter(({ status }) => status === 'fail' || status === 'warn').length).toBeGreaterThan(
        70,
      );
      expect(together.run.complete).toBe(true);
      expect(together.run.snapshot).toBe('shared');
    });

    it('judges each check together with all others as it judges it alone', async () => {
      const alone = await inParallel(4, catalogue, async ({ id }) => judge(database, [id, '--jobs', '1']));
      for (const { byId, results } of alone) {
        expect(results).toHaveLength(1);
        const id = results[0]?.id ?? '';
        expect(verdict(byId.get(id))).toEqual(verdict(together.byId.get(id)));
      }
    });

    it('counts, adds up and samples what the statement by itself returns', async () => {
      for (const check of rowChecks) {
        const sql = await runnable(check);
        const cents = /\bAS cents\b/.test(check.sql) ? 'sum(cents)::text' : 'NULL';
        const key = pg.escapeIdentifier(check.key);
        const { rows } = await database.query<{ violations: string; cents: string | null; keys: string[] | null }>(
          `WITH result AS MATERIALIZED (${sql})
           SELECT count(*) AS violations, ${cents} AS cents,
             (SELECT array_agg(key) FROM (SELECT ${key}::text AS key FROM result ORDER BY ${key} LIMIT 5) AS first) AS keys FROM result`,
        );
        const [expected] = rows;
        const result = together.byId.get(check.id);
        const observed = {
          id: check.id,
          violations: result?.violations,
          cents: result?.cents,
          keys: result?.samples.map((sample) => String(sample[check.key])),
        };
        expect(observed).toEqual({
          id: check.id,
          violations: Number(expected?.violations),
          cents: cents === 'NULL' ? null : Number(expected?.cents ?? 0),
          keys: expected?.keys ?? [],
        });
      }
    });

    it('has as its denominators the rows of the entity', async () => {
      for (const check of rowChecks) {
        const { entity, population } = check;
        const rows = together.byId.get(check.id)?.rows;
        if (entity === null) expect({ id: check.id, rows }).toEqual({ id: check.id, rows: null });
        else {
          const where = population === null ? '' : `WHERE ${await substituted(check, population)}`;
          const counted = await database.query<{ n: string }>(`SELECT count(*) AS n FROM ${entity} ${where}`);
          expect({ id: check.id, rows }).toEqual({ id: check.id, rows: Number(counted.rows[0]?.n) });
        }
      }
    });

    it('has as values of metrics what their statements return', async () => {
      for (const check of metrics) {
        const { rows } = await database.query<{ value: string | null }>(
          `SELECT value::text FROM (${await runnable(check)}) AS result`,
        );
        const value = together.byId.get(check.id)?.value ?? null;
        if (rows[0]?.value == null) expect({ id: check.id, value }).toEqual({ id: check.id, value: null });
        else expect(value, check.id).toBeCloseTo(Number(rows[0].value), 9);
      }
    });

    it.runIf(hasPsql())('prints statements that psql runs, with as many rows', async () => {
      const separator = '----8<----';
      const scripts = await Promise.all(rowChecks.map(({ id }) => shownSql(id)));
      const input = scripts.map((script) => `\\echo ${separator}\n${script}`).join('\n');
      const output = execFileSync(
        'psql',
        ['-X', '-q', '-A', '-t', '-R', '\x1e', '-v', 'ON_ERROR_STOP=1', database.url],
        { input, encoding: 'utf8' },
      );
      const counts = output
        .split(`${separator}\n`)
        .slice(1)
        .map((part) => (part.trim() === '' ? 0 : part.split('\x1e').length));
      expect(rowChecks.map(({ id }, index) => [id, counts[index]])).toEqual(
        rowChecks.map(({ id }) => [id, together.byId.get(id)?.violations]),
      );
    });
  });
}

async function shownSql(id: string): Promise<string> {
  const { code, stdout } = await smsfood(['check', 'show', id, '--sql', '--as-of', FIXTURE_CLOCK]);
  expect(code).toBe(0);
  return stdout;
}

/** What `check show --sql` prints, with psql's \set lines applied here. */
async function runnable({ id, sql }: CatalogueEntry): Promise<string> {
  const shown = await shownSql(id);
  const text = shown.slice(shown.lastIndexOf(sql)).replace(/;\s*$/, '');
  return substitute(text, variablesOf(shown));
}

/** A header's fragment, its parameters taken from the check's own and from what the shown statement sets. */
async function substituted(check: CatalogueEntry, fragment: string): Promise<string> {
  const own = Object.entries(check.parameters).map(
    ([name, { type, value }]) => [name, `'${String(value)}'::${type}`] as const,
  );
  return substitute(fragment, new Map([...variablesOf(await shownSql(check.id)), ...own]));
}

function variablesOf(script: string): Map<string, string> {
  const lines = [...script.matchAll(/^\\set (\w+) '(.*)'$/gm)];
  return new Map(
    lines.map(([, name = '', value = '']) => [name, value.replaceAll("''", "'").replaceAll('\\\\', '\\')]),
  );
}

function substitute(sql: string, variables: ReadonlyMap<string, string>): string {
  return sql.replace(/(?<![:\w]):([a-z_]\w*)/g, (whole, name: string) => variables.get(name) ?? whole);
}

function hasPsql(): boolean {
  try {
    execFileSync('psql', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The results in the order of the items, at most `width` at work at a time. */
async function inParallel<T, R>(width: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
