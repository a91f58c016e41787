import { z } from 'zod';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { type Outcome, smsfood } from '../harness/run.js';
import { type Definitions, expectedSummaries, presentSummaries } from './expected.js';

const DocumentSchema = z.strictObject({
  schema: z.literal('smsfood.refresh/1'),
  run: z.strictObject({ id: z.uuid(), now: z.iso.datetime(), day: z.iso.date(), timezone: z.string() }),
  scope: z.strictObject({
    kind: z.enum(['full', 'since']),
    since: z.string().nullable(),
    reason: z.string().nullable(),
  }),
  days: z.array(z.string()).nullable(),
  tables: z.array(
    z.strictObject({
      name: z.enum(['daily_order_stats', 'customer_rfm_scores', 'business_health', 'kpi_snapshots']),
      status: z.enum(['refreshed', 'skipped']),
      changed: z.int().nullable(),
      removed: z.int().nullable(),
      rows: z.int(),
      reason: z.string().nullable(),
    }),
  ),
  watermark: z.strictObject({ before: z.iso.datetime().nullable(), after: z.iso.datetime() }),
  exitCode: z.literal(0),
});
export type RefreshDocument = z.infer<typeof DocumentSchema>;

/** A platform with ops whose summaries a test refreshes. */
export interface SummaryWorld extends TestDatabase {
  run(args?: readonly string[], env?: Record<string, string>, cwd?: string): Promise<Outcome>;
  refresh(args?: readonly string[], env?: Record<string, string>, cwd?: string): Promise<RefreshDocument>;
  /** What the tables say beside what they must say, at the instant of a refresh. */
  compare(
    document: RefreshDocument,
    definitions?: Omit<Definitions, 'now'>,
  ): Promise<{ present: unknown; expected: unknown }>;
  /** All that a refresh writes, with when, but for the instant of the snapshots: equal where nothing was changed. */
  kept(): Promise<string[]>;
}

export async function summaryWorld(generation: 'production' | 'newer' = 'production'): Promise<SummaryWorld> {
  const database = await cloneWithOps(generation);
  const run: SummaryWorld['run'] = (args = [], env = {}, cwd) =>
    smsfood(['refresh', ...args], {
      env: { DATABASE_URL: database.url, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
  return {
    ...database,
    run,
    async refresh(args = [], env = {}, cwd) {
      return readRefresh(await run([...args, '--format', 'json'], env, cwd));
    },
    async compare({ run: { now, day } }, definitions = {}) {
      return {
        present: await presentSummaries(database, day),
        expected: await expectedSummaries(database, { now, ...definitions }),
      };
    },
    async kept() {
      const { rows } = await database.query<{ row: string }>(KEPT);
      return rows.map(({ row }) => row);
    },
  };
}

/** Its document, where it came to its end. */
export function readRefresh({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }) {
  if (code !== 0 || stderr !== '') throw new Error(`exit ${code}: ${stderr}`);
  return DocumentSchema.parse(JSON.parse(stdout));
}

const KEPT = [
  'daily_order_stats',
  'customer_rfm_scores',
  'business_health',
  'kpi_snapshots',
  'rfm_days',
  'summaries',
  'watermarks',
]
  .map(
    (table) =>
      `SELECT '${table} ' || (to_jsonb(t) - '${table === 'kpi_snapshots' ? 'computed_at' : ''}')::text AS row FROM ops.${table} t`,
  )
  .join(' UNION ALL ')
  .concat(' ORDER BY 1');

export async function seed(world: SummaryWorld, damage: 'none' | 'every'): Promise<void> {
  await seedMarketplace(await world.connect(), {
    customers: 220,
    orders: 900,
    days: 430,
    damage,
    seed: 7,
    now: new Date(),
    timezone: 'America/New_York',
  });
}
