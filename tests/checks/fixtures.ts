import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The clock under which every fixture is judged. */
export const FIXTURE_CLOCK = '2026-03-10T15:00:00Z';

/** Rows for one check: what it must catch and what it must spare. */
export interface Fixture {
  file: string;
  sql: string;
  generations: readonly ('production' | 'newer')[];
  /** Judged by whole: the status and, where given, value and keys. Null where rows are told apart by their keys. */
  whole: { status: string[]; value: number | null; keys: string[] | null } | null;
  cents: number | null;
  /** False to judge a check that requires a table of ops where ops is not installed (`-- ops: absent`). */
  ops: boolean;
}

/** The fixtures of a check: one file for checks of rows, several scenarios for the others. */
export function fixturesOf(id: string): Fixture[] {
  const [domain = '', slug = ''] = id.split('.');
  const folder = join(import.meta.dirname, domain);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name === `${slug}.sql` || (name.startsWith(`${slug}.`) && name.endsWith('.sql')))
    .map((name) => readFixture(join(folder, name), name.slice(slug.length, -4)));
}

function readFixture(file: string, scenario: string): Fixture {
  const sql = readFileSync(file, 'utf8');
  const note = (name: string) => new RegExp(`^-- ${name}: (.*)$`, 'm').exec(sql)?.[1] ?? null;
  const number = (name: string) => (note(name) === null ? null : Number(note(name)));
  const isCaught = scenario.startsWith('.caught');
  return {
    file,
    sql,
    generations: note('generation') === 'production' ? ['production'] : ['production', 'newer'],
    whole:
      scenario === ''
        ? null
        : {
            status: note('status') === null ? (isCaught ? ['warn', 'fail'] : ['pass']) : [note('status') ?? ''],
            value: number('value'),
            keys: note('keys')?.split(', ') ?? null,
          },
    cents: number('cents'),
    ops: note('ops') !== 'absent',
  };
}
