import { z } from 'zod';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { type Outcome, smsfood } from '../harness/run.js';

const number = z.object({ before: z.number(), after: z.number() });
const totals = z.object({ totalOrders: z.number(), totalSpent: z.number(), lastOrderAt: z.string().nullable() });

export const ReconcileSchema = z.strictObject({
  schema: z.literal('smsfood.reconcile/1'),
  run: z.object({ id: z.string(), now: z.string(), durationMs: z.number() }),
  mode: z.enum(['dry-run', 'apply']),
  scope: z.object({
    kind: z.enum(['full', 'since', 'customer']),
    since: z.string().nullable(),
    customer: z.string().nullable(),
    reason: z.string().nullable(),
    access: z.object({ changed: z.string(), totals: z.string() }).nullable(),
  }),
  scanned: z.number(),
  drifted: z.number(),
  applied: z.number().nullable(),
  totals: z.object({ totalOrders: number, totalSpent: number }),
  causes: z.array(
    z.object({
      cause: z.string(),
      direction: z.enum(['too high', 'too low', 'even']),
      isStorable: z.boolean(),
      customers: z.number(),
      orders: z.number(),
      cents: z.number(),
    }),
  ),
  orphans: z.object({ customers: z.number(), orders: z.number(), cents: z.number() }).nullable(),
  left: z.object({ busy: z.number(), unstorable: z.number() }),
  tooMany: z.number().nullable(),
  watermark: z.object({ before: z.string().nullable(), after: z.string().nullable() }),
  samples: z.array(z.object({ id: z.string(), before: totals, after: totals, cause: z.string() })),
  exitCode: z.number(),
});
export type ReconcileDocument = z.infer<typeof ReconcileSchema>;

export interface Order {
  customer: string;
  cents: number;
  status?: string;
  /** Days before now. */
  age?: number;
  isBySms?: boolean;
}

/** A database with ops whose customers and orders a test makes. */
export interface ReconcileWorld extends TestDatabase {
  rows<Row extends Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Totals are those of no orders unless given. */
  customer(id: string, totals?: Record<string, unknown>): Promise<void>;
  /** Its id, which begins with the time of the order, as the platform's do. */
  order(order: Order): Promise<string>;
  /** As if what was changed so far had been changed so many days ago. */
  age(days: number): Promise<void>;
  /** `id totalOrders totalSpent` of each customer. */
  totals(): Promise<string[]>;
  reconcile(...argv: string[]): Promise<Outcome>;
  /** The document, whose exit code is that of the process. */
  document(...argv: string[]): Promise<ReconcileDocument>;
  clear(): Promise<void>;
}

export async function reconcileWorld(generation: 'production' | 'newer' = 'production'): Promise<ReconcileWorld> {
  const database = await cloneWithOps(generation);
  const rows: ReconcileWorld['rows'] = async <Row extends Record<string, unknown>>(sql: string, values?: unknown[]) =>
    (await database.query<Row>(sql, values)).rows;
  const reconcile = (...argv: string[]) => smsfood(['reconcile', ...argv], { env: { DATABASE_URL: database.url } });
  let made = 0;
  return {
    ...database,
    rows,
    reconcile,
    async customer(id, overrides = {}) {
      await rows(`SELECT make('customers', $1)`, [{ id, ...overrides }]);
    },
    async order({ customer, cents, status = 'DELIVERED', age = 1, isBySms = false }) {
      const at = Date.now() - age * 86_400_000;
      const id = `c${at.toString(36).padStart(8, '0')}${String(++made).padStart(16, '0')}`;
      const createdAt = new Date(at).toISOString().slice(0, -1);
      const business = isBySms ? { businessId: null } : {};
      const order = {
        id,
        customerId: customer,
        totalAmount: cents,
        status,
        createdAt,
        updatedAt: createdAt,
        ...business,
      };
      await rows(`SELECT make('orders', $1)`, [order]);
      return id;
    },
    async age(days) {
      await rows(`UPDATE customers SET "updatedAt" = "updatedAt" - make_interval(days => $1)`, [days]);
      await rows(`UPDATE orders SET "updatedAt" = "updatedAt" - make_interval(days => $1)`, [days]);
    },
    totals: async () =>
      (
        await rows<{ line: string }>(
          `SELECT concat_ws(' ', id, "totalOrders", "totalSpent") AS line FROM customers WHERE id NOT LIKE 'spared%' ORDER BY id COLLATE "C"`,
        )
      ).map(({ line }) => line),
    async document(...argv) {
      const { code, stdout, stderr } = await reconcile(...argv, '--format', 'json');
      if (stdout === '') throw new Error(`exit code ${code}: ${stderr}`);
      const document = ReconcileSchema.parse(JSON.parse(stdout));
      if (document.exitCode !== code) throw new Error(`exit code ${code}, and ${document.exitCode} in the document`);
      return document;
    },
    async clear() {
      await rows(
        'TRUNCATE ops.change_log, ops.runs, ops.watermarks, ops.settled_totals, orders, customer_list_members CASCADE',
      );
      await rows('DELETE FROM customers');
    },
  };
}
