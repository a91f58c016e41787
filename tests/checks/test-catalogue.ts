import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type CatalogueEntry, loadCatalogue } from '../../src/checks/catalogue.js';
import { type CheckOutcome, readDocument } from '../harness/check-document.js';
import { cloneDatabase, cloneWithOps, type TestDatabase } from '../harness/database.js';
import type { Generation } from '../harness/global-setup.js';
import { smsfood } from '../harness/run.js';
import { FIXTURE_CLOCK, type Fixture, fixturesOf } from './fixtures.js';
import { mutate } from './mutate.js';

/** Tests of every check of the catalogue against its fixtures, on one generation of the platform's schema. */
export async function testCatalogue(generation: Generation): Promise<void> {
  const catalogue = await loadCatalogue({ directories: [], overrides: {}, cwd: '.' });
  const mutants = mkdtempSync(join(tmpdir(), 'smsfood-mutants-'));
  afterAll(() => rmSync(mutants, { recursive: true }));
  describe.each(catalogue.map((check) => [check.id, check] as const))('%s', (_id, check) =>
    testCheck(check, generation, mutants),
  );
}

function testCheck(check: CatalogueEntry, generation: Generation, mutants: string): void {
  const { id } = check;
  const fixtures = fixturesOf(id);

  it('has rows that it must catch and rows that it must spare', () => {
    const texts = fixtures.map(({ sql, file }) => sql + basename(file)).join('\n');
    expect(texts).toMatch(/caught/);
    expect(texts).toMatch(/spared/);
  });

  for (const fixture of fixtures.filter(({ generations }) => generations.includes(generation))) {
    it(`judges ${basename(fixture.file)}, and its mutant does not`, async () => {
      const clone = check.requires.length > 0 && fixture.ops ? cloneWithOps : cloneDatabase;
      const database = await clone(generation);
      try {
        await database.query(fixture.sql);
        const mutant = mutantId(check);
        const folder = writeMutant(mutants, check);
        const outcome = await smsfood(
          ['check', id, mutant, '--checks', folder, '--format', 'json', '--as-of', FIXTURE_CLOCK, '--sample', '100'],
          {
            env: { DATABASE_URL: database.url },
          },
        );
        expect(outcome.stderr).toBe('');
        const { byId } = readDocument(outcome.stdout);
        const expected = await expectation(database, check, fixture);
        expect(observed(byId.get(id), check, fixture)).toEqual(expected);
        // A scenario that must pass cannot tell a check that finds nothing from one that works; the caught ones can.
        if (fixture.whole === null || fixture.whole.status.includes('fail')) {
          expect(observed(byId.get(mutant), check, fixture)).not.toEqual(expected);
        }
      } finally {
        await database.drop();
      }
    });
  }
}

/** What the fixture says: the exact keys, or the outcome as a whole. */
async function expectation(database: TestDatabase, check: CatalogueEntry, { whole, cents }: Fixture): Promise<unknown> {
  if (whole !== null) return { status: true, value: rounded(whole.value), keys: whole.keys?.toSorted() ?? null };
  const table = check.entity ?? '';
  const { rows } = await database.query<{ key: string }>(
    `SELECT id AS key FROM ${table} WHERE id LIKE 'caught%' ORDER BY 1`,
  );
  const keys = rows.map(({ key }) => key);
  return { violations: keys.length, keys, ...(cents === null ? {} : { cents }) };
}

function observed(result: CheckOutcome | undefined, check: CatalogueEntry, { whole, cents }: Fixture): unknown {
  if (result === undefined) throw new Error('no result');
  const keys = result.samples.map((sample) => String(sample[check.key])).sort();
  if (whole !== null) {
    return {
      status: whole.status.includes(result.status),
      value: whole.value === null ? null : rounded(result.value),
      keys: whole.keys === null ? null : keys,
    };
  }
  return { violations: result.violations, keys, ...(cents === null ? {} : { cents: result.cents }) };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}

function mutantId(check: CatalogueEntry): string {
  return `mutant.${check.id.replace('.', '-')}`;
}

/** The same check with its predicate flipped, as a folder of checks of its own. */
function writeMutant(mutants: string, check: CatalogueEntry): string {
  const folder = join(mutants, check.id);
  mkdirSync(join(folder, 'mutant'), { recursive: true });
  writeFileSync(join(folder, 'mutant', `${check.id.replace('.', '-')}.sql`), mutate(check));
  return folder;
}
