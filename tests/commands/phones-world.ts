import { z } from 'zod';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { type Outcome, smsfood } from '../harness/run.js';

/** A database with ops whose inventory a test fills. */
export interface PhonesWorld extends TestDatabase {
  /** Name of the provider's id in this generation. */
  provider: 'ezTextingNumberId' | 'providerNumberId';
  /** ISO time without zone, so many days from the database's clock: negative in the past. */
  at(days: number): string;
  add(table: 'phone_number_inventory' | 'business_customers', row: Record<string, unknown>): Promise<void>;
  clear(): Promise<void>;
  phones(argv: readonly string[], env?: Record<string, string>): Promise<Outcome>;
  /** All rows of the two tables as text: equal before and after where nothing was changed. */
  contents(): Promise<string>;
  rows(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

export async function phonesWorld(generation: 'production' | 'newer' = 'production'): Promise<PhonesWorld> {
  const database = await cloneWithOps(generation);
  const { rows } = await database.query<{ now: number }>(`SELECT extract(epoch FROM now())::float8 * 1000 AS now`);
  const now = rows[0]?.now ?? 0;
  const provider = generation === 'newer' ? 'providerNumberId' : 'ezTextingNumberId';
  return {
    ...database,
    provider,
    at: (days) => new Date(now + days * 86_400_000).toISOString().slice(0, -1),
    async add(table, { providerId, ...row }) {
      await database.query('SELECT make($1, $2)', [table, { ...row, [provider]: providerId ?? null }]);
    },
    async clear() {
      await database.query(
        'TRUNCATE ops.change_log, ops.runs CASCADE; DELETE FROM phone_number_inventory; DELETE FROM business_customers',
      );
    },
    phones: (argv, env = {}) => smsfood(['phones', ...argv], { env: { DATABASE_URL: database.url, ...env } }),
    async contents() {
      const { rows: found } = await database.query<{ all: string }>(
        `SELECT (SELECT string_agg(n::text, E'\\n' ORDER BY id) FROM phone_number_inventory n) || E'\\n--\\n'
           || coalesce((SELECT string_agg(b::text, E'\\n' ORDER BY id) FROM business_customers b), '') AS all`,
      );
      return found[0]?.all ?? '';
    },
    rows: async (sql, values) => (await database.query(sql, values)).rows,
  };
}

const row = z.looseObject({ id: z.string() });
const DocumentSchema = z.looseObject({
  mode: z.enum(['dry-run', 'apply']),
  run: z.looseObject({ id: z.string() }),
  planned: z.number(),
  applied: z.number().nullable(),
  businesses: z.number().nullable(),
  changes: z.array(row.extend({ to: z.string(), why: z.string(), applied: z.boolean() })),
  left: z.array(row.extend({ why: z.string(), message: z.string(), next: z.string() })),
  exitCode: z.number(),
});

/** The JSON of `recycle` and `release`, whose exit code is also that of the process. */
export function changesOf({ code, stdout, stderr }: Outcome) {
  if (stdout === '') throw new Error(stderr);
  const document = DocumentSchema.parse(JSON.parse(stdout));
  if (document.exitCode !== code) throw new Error(`exit code ${code}, documented as ${document.exitCode}`);
  return {
    ...document,
    /** `id: why` of what was left. */
    leftFor: Object.fromEntries(document.left.map(({ id, why }) => [id, why])),
    changed: Object.fromEntries(document.changes.map(({ id, to }) => [id, to])),
  };
}
