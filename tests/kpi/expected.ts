import { z } from 'zod';
import type { TestDatabase } from '../harness/database.js';
import { type RunOptions, smsfood } from '../harness/run.js';

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const bounds = z.strictObject({
  from: z.string(),
  to: z.string(),
  start: z.string(),
  end: z.string(),
  isPartial: z.boolean(),
});
export const KpiSchema = z.strictObject({
  schema: z.literal('smsfood.kpi/1'),
  report: z.string(),
  asOf: z.string(),
  timezone: z.string(),
  business: z.string().nullable(),
  source: z.strictObject({ kind: z.enum(['orders', 'summaries']), tables: z.array(z.string()) }),
  period: bounds,
  comparison: z.enum(['prior', 'same-weekday', 'yoy', 'none']),
  comparedWith: bounds.nullable(),
  metrics: z.array(
    z.strictObject({
      id: z.string(),
      value: z.number().nullable(),
      unit: z.enum(['count', 'cents', 'ratio', 'number', 'hours']),
      previous: z.number().nullable(),
      change: z.number().nullable(),
      changeUnit: z.enum(['ratio', 'points']),
    }),
  ),
  series: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      columns: z.array(z.strictObject({ id: z.string(), unit: z.string() })),
      rows: z.array(z.record(z.string(), cell)),
    }),
  ),
  notes: z.array(z.string()),
});

/** What `smsfood kpi … --format json` prints, and its values by id. */
export async function kpi(database: TestDatabase, args: readonly string[], options: RunOptions = {}) {
  const env = { DATABASE_URL: database.url, ...options.env };
  const { code, stdout, stderr } = await smsfood(['kpi', ...args, '--format', 'json'], { ...options, env });
  if (code !== 0) throw new Error(stderr);
  return readKpi(stdout);
}

export function readKpi(stdout: string) {
  const document = KpiSchema.parse(JSON.parse(stdout));
  return {
    ...document,
    values: Object.fromEntries(document.metrics.map(({ id, value }) => [id, value])),
    before: Object.fromEntries(document.metrics.map(({ id, previous }) => [id, previous])),
    rowsOf: (id: string) => document.series.find((series) => series.id === id)?.rows ?? [],
  };
}

export interface Order {
  id: string;
  customer: string;
  business: string | null;
  items: unknown;
  total: number;
  fee: number | null;
  status: string;
  wanted: string | null;
  /** Milliseconds since the epoch. */
  at: number;
  changed: number;
  /** Calendar day in the zone. */
  day: string;
  sold: boolean;
}

export const SOLD = ['PAID', 'PREPARING', 'READY', 'DELIVERED'];

const formats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day by another road than PostgreSQL's. */
export function localDay(at: number, timeZone: string): string {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  formats.set(timeZone, format);
  return format.format(at);
}

const epoch = (column: string) => `(extract(epoch FROM "${column}") * 1000)::float8`;

export async function readOrders(database: TestDatabase, zone = 'America/New_York'): Promise<Order[]> {
  const { rows } = await database.query<Omit<Order, 'day' | 'sold'>>(
    `SELECT id, "customerId" AS customer, "businessId" AS business, items, "totalAmount" AS total, "platformFee" AS fee, status::text AS status,
       "deliveryTime" AS wanted, ${epoch('createdAt')} AS at, ${epoch('updatedAt')} AS changed FROM orders`,
  );
  return rows
    .map((row) => ({ ...row, day: localDay(row.at, zone), sold: SOLD.includes(row.status) }))
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
export const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);

export function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return low + (high - low) * (place - Math.floor(place));
}

/** Orders by customer, each in the order of time. */
export function byCustomer(orders: readonly Order[]): Map<string, Order[]> {
  const groups = new Map<string, Order[]>();
  for (const order of orders) groups.set(order.customer, [...(groups.get(order.customer) ?? []), order]);
  return groups;
}
