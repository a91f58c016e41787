import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.js';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { type Outcome, type RunOptions, smsfood } from '../harness/run.js';

/** The checks that a night of these tests judges, so that it is short; with `ALL` every one. */
const JUDGED = ['orders.platform-fee-missing', 'customers.total-orders-drift', 'menu-items.price-too-high'];
export const ALL: RunOptions = { cwd: tmpdir() };

/** A marketplace in order, with ops, in which a night finds nothing. */
export interface NightlyWorld extends TestDatabase {
  /** A folder whose configuration leaves a few checks switched on. */
  folder: string;
  nightly(argv?: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** The JSON of a night. */
  night(argv?: readonly string[], options?: RunOptions): Promise<NightDocument>;
  /** The rows of ops.runs, the oldest first. */
  runs(): Promise<RunRow[]>;
  rows(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

export interface RunRow {
  id: string;
  command: string;
  status: string;
  exit: number | null;
  summary: Record<string, unknown>;
}

export async function nightlyWorld(generation: 'production' | 'newer' = 'production'): Promise<NightlyWorld> {
  const database = await cloneWithOps(generation);
  await seedMarketplace(await database.connect(), {
    customers: 200,
    orders: 800,
    days: 120,
    damage: 'none',
    seed: 1,
    now: new Date(),
    timezone: 'America/New_York',
  });
  const env = { DATABASE_URL: database.url };
  const first = await smsfood(['segments', '--apply', '--force'], { env });
  if (first.code !== 0) throw new Error(first.stderr);
  const folder = mkdtempSync(join(tmpdir(), 'smsfood-test-'));
  writeFileSync(join(folder, 'smsfood.config.json'), JSON.stringify({ checks: { overrides: switchedOff() } }));
  const nightly = (argv: readonly string[] = [], options: RunOptions = {}) =>
    smsfood(['nightly', ...argv], { cwd: folder, ...options, env: { ...env, ...options.env } });
  return {
    ...database,
    folder,
    nightly,
    async drop() {
      rmSync(folder, { recursive: true });
      await database.drop();
    },
    async night(argv = [], options = {}) {
      const { code, stdout, stderr } = await nightly([...argv, '--format', 'json'], options);
      if (stdout === '') throw new Error(stderr);
      const document = NightSchema.parse(JSON.parse(stdout));
      if (document.exitCode !== code) throw new Error(`exit code ${code}, documented as ${document.exitCode}`);
      return { ...document, stderr, step: (name) => document.steps.find((step) => step.name === name) };
    },
    async runs() {
      const { rows } = await database.query<RunRow>(
        'SELECT id::text AS id, command, status, exit_code AS exit, summary FROM ops.runs ORDER BY started_at, id',
      );
      return rows;
    },
    rows: async (sql, values) => (await database.query(sql, values)).rows,
  };
}

function switchedOff(): Record<string, { enabled: false }> {
  const ids = readdirSync(join(packageRoot(), 'checks'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.sql'))
    .map((path) => path.replace('/', '.').replace(/\.sql$/, ''));
  return Object.fromEntries(ids.filter((id) => !JUDGED.includes(id)).map((id) => [id, { enabled: false }]));
}

const StepSchema = z.strictObject({
  name: z.string(),
  status: z.enum(['done', 'findings', 'errors', 'skipped', 'interrupted']),
  message: z.string(),
  next: z.array(z.string()),
  counts: z.record(z.string(), z.number()),
  runId: z.uuid().nullable(),
  startedAt: z.iso.datetime().nullable(),
  durationMs: z.int().nullable(),
  error: z.strictObject({ code: z.string().nullable(), hint: z.string().nullable() }).nullable(),
});

const NightSchema = z.strictObject({
  schema: z.literal('smsfood.nightly/1'),
  run: z.strictObject({
    id: z.uuid(),
    startedAt: z.iso.datetime(),
    durationMs: z.int(),
    database: z.string(),
    sandbox: z.boolean(),
  }),
  mode: z.enum(['dry-run', 'apply']),
  past: z
    .strictObject({
      lastStartedAt: z.iso.datetime().nullable(),
      missed: z.strictObject({ nights: z.int(), first: z.iso.date(), last: z.iso.date() }).nullable(),
      snapshotsMissing: z.int(),
      unfinished: z.strictObject({ startedAt: z.iso.datetime(), killed: z.boolean() }).nullable(),
    })
    .nullable(),
  steps: z.array(StepSchema),
  findings: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      level: z.enum(['fail', 'warn']),
      status: z.enum(['pass', 'warn', 'fail', 'error', 'skipped']),
      violations: z.int().nullable(),
      cents: z.int().nullable(),
      found: z.string(),
      remedy: z.string().nullable(),
      state: z.strictObject({ is: z.enum(['new', 'open', 'resolved']), since: z.iso.datetime() }).nullable(),
    }),
  ),
  notifications: z.array(
    z.strictObject({ channel: z.enum(['slack', 'ping', 'metrics']), delivered: z.boolean(), message: z.string() }),
  ),
  notes: z.array(z.string()),
  exitCode: z.int(),
});

export type NightDocument = z.infer<typeof NightSchema> & {
  stderr: string;
  step(name: string): z.infer<typeof StepSchema> | undefined;
};
