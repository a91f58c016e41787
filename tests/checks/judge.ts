import { type CheckOutcome, readDocument } from '../harness/check-document.js';
import { temporaryFolder } from '../harness/folder.js';
import { type RunOptions, smsfood } from '../harness/run.js';
import { FIXTURE_CLOCK } from './fixtures.js';

export type Judged = ReturnType<typeof readDocument> & { code: number; stderr: string; stdout: string };

/** Runs `smsfood check` with JSON output at the fixtures' clock (or with `clock: null` the database's). */
export async function judge(
  database: { url: string },
  args: readonly string[] = [],
  { clock = FIXTURE_CLOCK, ...options }: RunOptions & { clock?: string | null } = {},
): Promise<Judged> {
  const asOf = clock === null ? [] : ['--as-of', clock];
  const outcome = await smsfood(['check', ...args, '--format', 'json', ...asOf], {
    ...options,
    env: { DATABASE_URL: database.url, ...options.env },
  });
  if (outcome.stdout === '') throw new Error(`no result: ${outcome.stderr}`);
  return { ...readDocument(outcome.stdout), ...outcome };
}

/** What a verdict consists of, without what differs from run to run. */
export function verdict(result: CheckOutcome | undefined): Record<string, unknown> {
  if (result === undefined) throw new Error('no such result');
  const { id, status, violations, rows, cents, value, samples, reason, error } = result;
  return { id, status, violations, rows, cents, value, samples, reason, error };
}

export function verdicts(judged: Judged, without: readonly string[] = []): Record<string, unknown>[] {
  return judged.results.filter(({ id }) => !without.includes(id)).map(verdict);
}

/** A folder of checks, by `domain/slug`, that goes away with the test. */
export function checksFolder(files: Readonly<Record<string, string>>): string {
  return temporaryFolder(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${name}.sql`, text])));
}

/** The text of a check file. Headers that are not given are those of a simple check of orders; null leaves one out. */
export function checkText(sql: string, headers: Record<string, string | null> = {}): string {
  const all = { title: 'A test', dimension: 'validity', level: 'fail', entity: 'orders', ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`--! ${name}: ${value}\n`]));
  return `${lines.join('')}${sql}\n`;
}
