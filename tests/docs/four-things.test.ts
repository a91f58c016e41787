import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { callsIn } from '../harness/command-lines.js';
import { temporaryFolder } from '../harness/folder.js';
import { type Outcome, smsfood } from '../harness/run.js';
import { succeeded, type WorkWorld, workWorld } from '../webhooks/work-world.js';

const README = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
const CUSTOMER = 'customer1';
const NUMBER = '+14045550123';

let world: WorkWorld;
/** A day of the last complete month of the business time zone. */
let day: string;
beforeAll(async () => {
  world = await workWorld();
  const last = await world.row(
    `SELECT (date_trunc('month', now() AT TIME ZONE 'America/New_York') - interval '10 days')::date::text AS day`,
  );
  day = String(last.day);
  await world.add('customers', { id: CUSTOMER, phoneNumber: NUMBER, totalOrders: 9, totalSpent: 99_999 });
  for (const totalAmount of [2500, 1250])
    await world.add('orders', { customerId: CUSTOMER, totalAmount, status: 'DELIVERED', createdAt: day });
  // Without an order of today a freshness check fails, which no baseline accepts.
  const today = new Date().toISOString();
  await world.add('orders', { customerId: CUSTOMER, totalAmount: 1000, status: 'DELIVERED', createdAt: today });
});
afterAll(() => world.drop());

/** The commands below the words in bold, each run as the README has it, in one folder. */
async function follow(title: string, folder: string, names: Record<string, string> = {}): Promise<Outcome[]> {
  const [, section = ''] = README.split(`**${title}.**`);
  const calls = callsIn(/```sh\n(.*?)```/s.exec(section)?.[1] ?? '');
  expect(calls.length, title).toBeGreaterThan(1);
  const outcomes: Outcome[] = [];
  for (const call of calls) {
    const args = call.map((word) => names[word] ?? word);
    outcomes.push(await smsfood(args, { env: { DATABASE_URL: world.url }, cwd: folder }));
  }
  return outcomes;
}

it('a pipeline is gated: what fails stops it, until it is accepted', async () => {
  const folder = temporaryFolder();
  const outcomes = await follow('Gate a pipeline', folder);
  expect(outcomes.map(({ code }) => code)).toEqual([1, 0, 0]);
  expect(readdirSync(folder).sort()).toEqual(['baseline.json', 'checks.xml']);
});

it("a customer's total is explained and corrected, by the number that the customer gave", async () => {
  const [explained, , corrected] = await follow("Find and fix one customer's total", temporaryFolder(), {
    CUSTOMER: NUMBER,
  });
  expect(explained).toMatchObject({ code: 1, stdout: expect.stringContaining('The totals are wrong.') });
  expect(corrected).toMatchObject({ code: 0, stdout: expect.stringContaining('Corrected 1 of them.') });
  expect(await world.row('SELECT "totalOrders", "totalSpent" FROM customers WHERE id = $1', [CUSTOMER])).toEqual({
    totalOrders: 3,
    totalSpent: 4750,
  });
});

it('last month is exported to the file that the README names, and ties out', async () => {
  const [named = ''] = /orders_\d{4}-\d{2}_\S+\.csv/.exec(README) ?? [];
  const file = named.replace(/\d{4}-\d{2}/, day.slice(0, 7));
  const outcomes = await follow('Export last month for finance', temporaryFolder(), { [named]: file });
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  expect(outcomes[0]?.stderr).toMatch(/^Wrote 2 orders .* total_amount 37\.50/);
});

it('a dead event is found, shown and replayed', async () => {
  const [id] = await world.deliver({
    ...succeeded('late'),
    receivedAt: new Date(Date.now() - 3_600_000).toISOString(),
  });
  await world.work();
  await world.add('orders', {
    id: 'late',
    customerId: CUSTOMER,
    totalAmount: 2500,
    status: 'PENDING',
    paymentId: null,
  });
  const [listed, shown, replayed] = await follow('Replay a dead event', temporaryFolder(), { ID: String(id) });
  expect(listed?.stdout).toMatch(/payment_intent\.succeeded +late +dead: orphan/);
  expect(shown?.stdout).toMatch(/What a replay would do now\nIt would change [^\n]*\n/);
  expect(replayed).toMatchObject({ code: 0, stdout: expect.stringContaining('1 processed.') });
  expect(await world.row(`SELECT status FROM orders WHERE id = 'late'`)).toEqual({ status: 'PAID' });
});
