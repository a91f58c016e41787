import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneDatabase, cloneWithOps, installOps, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';
import { type ExpectedCustomer, expectedCustomers } from '../segments/expected.js';

const DocumentSchema = z.object({
  schema: z.literal('smsfood.segments/1'),
  run: z.object({ id: z.string(), now: z.string(), day: z.string(), timezone: z.string(), since: z.string() }),
  mode: z.enum(['dry-run', 'apply']),
  scored: z.number(),
  lapsed: z.number(),
  segments: z.array(
    z.object({
      segment: z.string().nullable(),
      cells: z.string().nullable(),
      category: z.string(),
      customers: z.number(),
      share: z.number(),
      gmvCents: z.number(),
      toChange: z.number(),
    }),
  ),
  categories: z.object({
    planned: z.number(),
    applied: z.number().nullable(),
    left: z.object({ busy: z.number(), moved: z.number() }),
    tooMany: z.number().nullable(),
    transitions: z.array(z.object({ from: z.string().nullable(), to: z.string(), customers: z.number() })),
  }),
  scores: z.object({ added: z.number(), closed: z.number(), renewed: z.number(), removed: z.number() }).nullable(),
  samples: z.array(
    z.object({
      id: z.string(),
      from: z.string().nullable(),
      to: z.string(),
      segment: z.string().nullable(),
      reason: z.string(),
    }),
  ),
  exitCode: z.number(),
});

let database: TestDatabase;
afterAll(() => database.drop());

async function seeded(generation: 'production' | 'newer' = 'production'): Promise<TestDatabase> {
  const clone = await cloneDatabase(generation);
  await seedMarketplace(await clone.connect(), {
    customers: 400,
    orders: 1500,
    days: 500,
    damage: 'every',
    seed: 5,
    now: new Date(),
    timezone: 'America/New_York',
  });
  return clone;
}

const run = (...args: string[]) => smsfood(['segments', ...args], { env: { DATABASE_URL: database.url } });

async function segments(...args: string[]) {
  const { stdout, code, stderr } = await run(...args, '--format', 'json');
  if (stdout === '') throw new Error(stderr);
  const document = DocumentSchema.parse(JSON.parse(stdout));
  expect(document.exitCode).toBe(code);
  return document;
}

const rowsOf = async <Row extends Record<string, unknown>>(sql: string) => (await database.query<Row>(sql)).rows;
const customers = () => rowsOf('SELECT id, category, "updatedAt"::text FROM customers ORDER BY id COLLATE "C"');
const keptScores = () => rowsOf('SELECT t::text AS row FROM ops.customer_rfm_scores t ORDER BY 1');

/** The present scores in the form of the expectation. */
const present = () =>
  rowsOf<{ id: string; r: number; f: number; m: number; segment: string }>(
    `SELECT customer_id AS id, recency_score AS r, frequency_score AS f, monetary_score AS m, frequency::int, monetary_cents::int AS monetary,
       to_char(last_sold_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last, segment, category
     FROM ops.customer_rfm_scores WHERE until IS NULL ORDER BY customer_id COLLATE "C"`,
  );

describe.each(['production', 'newer'] as const)('on the %s generation', (generation) => {
  let expected: ExpectedCustomer[];
  let before: Awaited<ReturnType<typeof customers>>;
  beforeAll(async () => {
    if (generation === 'newer') await database.drop();
    database = await seeded(generation);
    expected = await expectedCustomers(database);
    before = await customers();
  });

  it('a dry run counts what independent SQL counts, needs no ops, and changes nothing', async () => {
    const dry = await segments();
    const scored = expected.filter(({ segment }) => segment !== null);
    expect(scored.length).toBeGreaterThan(200);
    expect(dry).toMatchObject({ mode: 'dry-run', scored: scored.length, lapsed: expected.length - scored.length });
    expect(dry.lapsed).toBeGreaterThan(10);
    for (const { segment, customers: number, gmvCents } of dry.segments) {
      const own = expected.filter((customer) => customer.segment === segment);
      const cents = own.reduce((sum, { monetary }) => sum + monetary, 0);
      expect({ segment, number, gmvCents }).toEqual({ segment, number: own.length, gmvCents: cents });
    }
    const category = new Map(before.map(({ id, category: old }) => [id, old]));
    const changing = expected.filter((customer) => category.get(customer.id) !== customer.category);
    expect(changing.length).toBeGreaterThan(100);
    expect(dry.categories).toMatchObject({ planned: changing.length, applied: null });
    for (const { from, to, customers: number } of dry.categories.transitions) {
      const own = changing.filter((customer) => customer.category === to && category.get(customer.id) === from);
      expect({ from, to, number }).toEqual({ from, to, number: own.length });
    }
    expect(dry.categories.transitions.reduce((sum, each) => sum + each.customers, 0)).toBe(changing.length);
    expect(dry.samples.map(({ id, to }) => ({ id, to }))).toEqual(
      changing.slice(0, 5).map(({ id, category: to }) => ({ id, to })),
    );
    expect(dry.exitCode).toBe(1);
    expect(await customers()).toEqual(before);
    expect(await rowsOf(`SELECT FROM pg_namespace WHERE nspname = 'ops'`)).toEqual([]);
  });

  it('--apply without ops changes nothing and says what to do', async () => {
    const { code, stdout, stderr } = await run('--apply', '--force');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/\[OPS_NOT_INSTALLED\]\n.*smsfood db install/);
    expect(await customers()).toEqual(before);
  });

  it('refuses more changes than it may make, and keeps no scores then', async () => {
    await installOps(database);
    const { code, stderr } = await run('--apply', '--max-changes', '7');
    expect(code).toBe(3);
    expect(stderr).toMatch(/rows of customers would change, more than the 7 that one run may.*\[TOO_MANY_CHANGES\]/);
    expect((await run('--apply')).stderr).toMatch(/more than the 100 that one run may/);
    expect(await customers()).toEqual(before);
    expect(await keptScores()).toEqual([]);
    expect((await segments('--max-changes', '7')).categories.tooMany).toBe(7);
  });

  it('--apply gives everybody with a sold order the category of the segment, through the ledger, and nobody else', async () => {
    const applied = await segments('--apply', '--force');
    const after = new Map((await customers()).map((customer) => [customer.id, customer]));
    const wanted = new Map(expected.map((customer) => [customer.id, customer]));
    const changed: string[] = [];
    for (const customer of before) {
      const want = wanted.get(String(customer.id))?.category ?? customer.category;
      const row = after.get(customer.id);
      expect({ id: customer.id, category: row?.category }).toEqual({ id: customer.id, category: want });
      if (want !== customer.category) changed.push(String(customer.id));
      expect(row?.updatedAt !== customer.updatedAt).toBe(want !== customer.category);
    }
    expect(applied).toMatchObject({ mode: 'apply', exitCode: 0, scores: { closed: 0, renewed: 0, removed: 0 } });
    expect(applied.categories).toMatchObject({
      planned: changed.length,
      applied: changed.length,
      left: { busy: 0, moved: 0 },
    });
    const ledger = await rowsOf<{ id: string; before: unknown; after: unknown; reason: string; run: string }>(
      `SELECT row_id AS id, before, after, reason, run_id AS run FROM ops.change_log WHERE table_name = 'customers' ORDER BY row_id COLLATE "C"`,
    );
    expect(ledger.map(({ id }) => id)).toEqual(changed);
    const old = new Map(before.map(({ id, category }) => [id, category]));
    for (const { id, before: from, after: to, reason, run: runId } of ledger) {
      const { segment = null, category, r, f, m } = wanted.get(id) ?? {};
      expect({ from, to, runId }).toEqual({
        from: { category: old.get(id) },
        to: { category },
        runId: applied.run.id,
      });
      if (segment === null) expect(reason).toMatch(/^no sold order since \d{4}-\d\d-\d\d, more than 12 months ago$/);
      else expect(reason).toBe(`segment ${segment} (R${r} F${f} M${m})`);
    }
    expect(await rowsOf('SELECT command, status, exit_code FROM ops.runs ORDER BY started_at DESC LIMIT 1')).toEqual([
      { command: 'segments', status: 'done', exit_code: 0 },
    ]);
  });

  it('keeps the scores of the day', async () => {
    expect(await present()).toEqual(expected.filter(({ segment }) => segment !== null));
    expect(
      await rowsOf(
        `SELECT customers::int, timezone, sold_statuses, day = (now() AT TIME ZONE 'America/New_York')::date AS today FROM ops.rfm_days`,
      ),
    ).toEqual([
      {
        customers: expected.filter(({ segment }) => segment !== null).length,
        timezone: 'America/New_York',
        sold_statuses: ['DELIVERED', 'PAID', 'PREPARING', 'READY'],
        today: true,
      },
    ]);
  });

  it('changes nothing the second time', async () => {
    const [rows, scores] = [await customers(), await keptScores()];
    const again = await segments('--apply');
    expect(again).toMatchObject({
      exitCode: 0,
      categories: { planned: 0, applied: 0, transitions: [] },
      scores: { added: 0, closed: 0, renewed: 0, removed: 0 },
    });
    expect(await customers()).toEqual(rows);
    expect(await keptScores()).toEqual(scores);
    const table = await run();
    expect(table.code).toBe(0);
    expect(table.stdout).toContain('Every category is that of its segment: nothing to change.');
  });
});

/** 100 customers, c001 to c100, with 1 to 5 sold orders of the last hundred days; c001 the most recent. */
async function hundred(): Promise<void> {
  await database.query(`
    TRUNCATE ops.runs, ops.change_log, ops.customer_rfm_scores, ops.rfm_days, ops.summaries CASCADE;
    DELETE FROM orders; DELETE FROM sms_logs; DELETE FROM customers CASCADE;
    SELECT make('customers', jsonb_build_object('id', 'c' || to_char(n, 'FM000'), 'category', NULL)) FROM generate_series(1, 100) n;
    SELECT make('orders', jsonb_build_object('customerId', 'c' || to_char(n, 'FM000'), 'totalAmount', n * 100,
      'createdAt', (now() AT TIME ZONE 'UTC' - n * interval '1 day' - k * interval '1 hour')::timestamp(3)))
    FROM generate_series(1, 100) n, generate_series(1, 1 + n % 5) k`);
}

describe('who is scored', () => {
  beforeAll(async () => {
    await database.drop();
    database = await cloneWithOps();
  });
  beforeEach(hundred);

  const scoredIds = async () => (await present()).map(({ id }) => id);

  it('needs 100 buying customers, and refuses 99', async () => {
    expect((await segments('--apply')).scored).toBe(100);
    await database.query(`UPDATE orders SET status = 'CANCELLED' WHERE "customerId" = 'c050'`);
    const rows = await customers();
    for (const args of [[], ['--apply']]) {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toBe(
        'error: 99 customers have a sold order in the last 12 months; quintiles need at least 100. [TOO_FEW_CUSTOMERS]\n' +
          '  Nothing was changed. Come back when there are more; `soldStatuses` in the configuration says what counts as sold.\n',
      );
    }
    expect(await customers()).toEqual(rows);
    expect(await scoredIds()).toHaveLength(100);
  });

  it('has a year that begins at midnight of the business day, and takes no order from the future', async () => {
    const start = `(date_trunc('day', now() AT TIME ZONE 'America/New_York' - interval '12 months') AT TIME ZONE 'America/New_York' AT TIME ZONE 'UTC')`;
    await database.query(`
      SELECT make('customers', jsonb_build_object('id', id, 'category', 'VIP')) FROM unnest(ARRAY['at-midnight', 'before', 'tomorrow', 'confirmed']) AS id;
      SELECT make('orders', jsonb_build_object('customerId', 'at-midnight', 'createdAt', ${start})),
        make('orders', jsonb_build_object('customerId', 'before', 'createdAt', ${start} - interval '1 millisecond')),
        make('orders', jsonb_build_object('customerId', 'tomorrow', 'createdAt', (now() AT TIME ZONE 'UTC' + interval '1 day'))),
        make('orders', jsonb_build_object('customerId', 'confirmed', 'status', 'CONFIRMED'))`);
    const { lapsed, scored } = await segments('--apply', '--force');
    expect({ lapsed, scored }).toEqual({ lapsed: 1, scored: 101 });
    expect(await scoredIds()).toEqual(expect.arrayContaining(['at-midnight']));
    expect(
      await rowsOf(`SELECT id, category FROM customers WHERE id IN ('before', 'tomorrow', 'confirmed') ORDER BY id`),
    ).toEqual([
      { id: 'before', category: 'Lost' },
      { id: 'confirmed', category: 'VIP' },
      { id: 'tomorrow', category: 'VIP' },
    ]);
  });

  it('gives equal customers equal scores', async () => {
    await database.query(
      `UPDATE orders SET "totalAmount" = 500; DELETE FROM orders o WHERE id > (SELECT min(id) FROM orders f WHERE f."customerId" = o."customerId")`,
    );
    await segments('--apply', '--force');
    expect(
      await rowsOf('SELECT DISTINCT frequency_score AS f, monetary_score AS m FROM ops.customer_rfm_scores'),
    ).toEqual([{ f: 5, m: 5 }]);
    expect(
      await rowsOf('SELECT recency_score AS r, count(*)::int AS n FROM ops.customer_rfm_scores GROUP BY 1 ORDER BY 1'),
    ).toEqual([1, 2, 3, 4, 5].map((r) => ({ r, n: 20 })));
  });

  it('overwrites a category that nobody defined, and says so before', async () => {
    await database.query(`UPDATE customers SET category = 'vip!' WHERE id = 'c001'`);
    const { stdout } = await run();
    expect(stdout).toMatch(/vip! +\S+ +1\n/);
    await segments('--apply', '--force');
    expect(await rowsOf(`SELECT before FROM ops.change_log WHERE row_id = 'c001'`)).toEqual([
      { before: { category: 'vip!' } },
    ]);
  });

  it('goes by the sold statuses and the time zone of the configuration', async () => {
    const { temporaryFolder } = await import('../harness/folder.js');
    await database.query(`UPDATE orders SET status = 'CONFIRMED' WHERE "customerId" <= 'c050'`);
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({ soldStatuses: ['DELIVERED', 'CONFIRMED'], timezone: 'Asia/Tokyo' }),
    });
    const { code } = await smsfood(['segments', '--apply', '--force'], { env: { DATABASE_URL: database.url }, cwd });
    expect(code).toBe(0);
    expect(await present()).toEqual(
      await expectedCustomers(database, { timezone: 'Asia/Tokyo', sold: ['CONFIRMED', 'DELIVERED'] }),
    );
    expect(await rowsOf('SELECT timezone, sold_statuses FROM ops.rfm_days')).toEqual([
      { timezone: 'Asia/Tokyo', sold_statuses: ['CONFIRMED', 'DELIVERED'] },
    ]);
  });

  it('leaves customers that another transaction holds, says so, and has them the next time', async () => {
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query(`UPDATE customers SET name = 'x' WHERE id = 'c007'`);
    const first = await segments('--apply', '--force');
    expect(first).toMatchObject({
      exitCode: 1,
      categories: { planned: 100, applied: 99, left: { busy: 1, moved: 0 } },
    });
    await other.query('ROLLBACK');
    expect(await segments('--apply')).toMatchObject({ exitCode: 0, categories: { planned: 1, applied: 1 } });
  });

  it('leaves customers who were given another category between plan and change', async () => {
    await database.query(`
      CREATE FUNCTION meanwhile() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE public.customers SET category = 'By hand' WHERE id = 'c007'; RETURN NEW; END $$;
      CREATE TRIGGER meanwhile AFTER INSERT ON ops.rfm_days FOR EACH ROW EXECUTE FUNCTION meanwhile()`);
    const first = await segments('--apply', '--force');
    await database.query('DROP FUNCTION meanwhile CASCADE');
    expect(first).toMatchObject({
      exitCode: 1,
      categories: { planned: 100, applied: 99, left: { busy: 0, moved: 1 } },
    });
    expect(await rowsOf(`SELECT category FROM customers WHERE id = 'c007'`)).toEqual([{ category: 'By hand' }]);
    expect(await rowsOf(`SELECT status FROM ops.runs`)).toEqual([{ status: 'findings' }]);
  });

  it('keeps two runs apart', async () => {
    const outcomes = await Promise.all([run('--apply', '--force'), run('--apply', '--force')]);
    for (const { code, stderr } of outcomes.filter((each) => each.code !== 0)) {
      expect(code).toBe(3);
      expect(stderr).toContain('[LOCKED]');
    }
    expect(outcomes.some(({ code }) => code === 0)).toBe(true);
    expect(await rowsOf('SELECT count(*)::int AS n FROM ops.change_log')).toEqual([{ n: 100 }]);
  });

  it('refuses a role that may only read, and serves its dry run', async () => {
    await database.query(
      `DO $$ BEGIN CREATE ROLE segments_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA public TO segments_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public TO segments_reader`,
    );
    const env = { DATABASE_URL: database.urlFor('segments_reader', 'secret') };
    expect((await smsfood(['segments'], { env })).code).toBe(1);
    const refused = await smsfood(['segments', '--apply', '--force'], { env });
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[DB_PERMISSION]') });
    await database.query('DROP OWNED BY segments_reader');
  });
});

describe('the history of scores', () => {
  beforeEach(hundred);

  /** As if everything had been scored so many days earlier. */
  const longAgo = (days: number) =>
    database.query(
      `UPDATE ops.rfm_days SET day = day - ${days}; UPDATE ops.customer_rfm_scores SET as_of = as_of - ${days}, until = until - ${days}`,
    );
  const today = `(now() AT TIME ZONE 'America/New_York')::date`;
  const dayBefore = async (days: number) =>
    (await rowsOf<{ day: string }>(`SELECT to_char(${today} - ${days}, 'YYYY-MM-DD') AS day`))[0]?.day ?? '';
  const on = (day: string) =>
    rowsOf<{ id: string; segment: string }>(
      `SELECT customer_id AS id, segment FROM ops.customer_rfm_scores WHERE as_of <= '${day}' AND (until IS NULL OR until > '${day}') ORDER BY 1`,
    );

  it('keeps what held on each day, and adds rows only for customers whose scores changed', async () => {
    await segments('--apply', '--force');
    const first = await present();
    await longAgo(7);
    // c100 becomes the best; c001 leaves; everybody else moves by a rank at most. One more takes the place.
    await database.query(`
      SELECT make('orders', jsonb_build_object('customerId', 'c100', 'totalAmount', 900000, 'createdAt', (now() AT TIME ZONE 'UTC' - interval '1 minute')::timestamp(3)));
      UPDATE orders SET status = 'CANCELLED' WHERE "customerId" = 'c001';
      SELECT make('customers', '{"id": "c101"}');
      SELECT make('orders', jsonb_build_object('customerId', 'c101', 'createdAt', (now() AT TIME ZONE 'UTC' - interval '2 days')::timestamp(3)))`);
    const second = await segments('--apply', '--force');
    const expected = await expectedCustomers(database);
    expect(await present()).toEqual(expected);
    const scores = (list: Awaited<ReturnType<typeof present>>) =>
      new Map(list.map(({ id, r, f, m }) => [id, `${r}${f}${m}`]));
    const [then, now] = [scores(first), scores(await present())];
    const gone = [...then].filter(([id, score]) => now.get(id) !== score);
    const came = [...now].filter(([id, score]) => then.get(id) !== score);
    expect(gone.length).toBeGreaterThan(2);
    expect(gone.length).toBeLessThan(50);
    expect(second.scores).toMatchObject({ added: came.length, closed: gone.length, removed: 0 });
    expect(await on(await dayBefore(7))).toEqual(first.map(({ id, segment }) => ({ id, segment })));
    expect(await on(await dayBefore(1))).toEqual(first.map(({ id, segment }) => ({ id, segment })));
    expect(await on(await dayBefore(0))).toEqual(expected.map(({ id, segment }) => ({ id, segment })));
    expect(
      await rowsOf(
        `SELECT customer_id FROM ops.customer_rfm_scores GROUP BY 1 HAVING count(*) FILTER (WHERE until IS NULL) > 1 OR bool_or(until <= as_of)`,
      ),
    ).toEqual([]);
  });

  it('replaces the scores of the same day, also for those who come and go within it', async () => {
    await segments('--apply', '--force');
    await database.query(`
      SELECT make('customers', '{"id": "guest"}');
      SELECT make('orders', jsonb_build_object('id', 'of-guest', 'customerId', 'guest', 'createdAt', (now() AT TIME ZONE 'UTC' - interval '1 minute')::timestamp(3)))`);
    expect((await segments('--apply', '--force')).scores).toMatchObject({ added: 1, closed: 0, removed: 0 });
    expect(await present()).toEqual(await expectedCustomers(database));
    await database.query(`UPDATE orders SET status = 'CANCELLED' WHERE id = 'of-guest'`);
    expect((await segments('--apply', '--force')).scores).toMatchObject({ added: 0, closed: 0, removed: 1 });
    expect(await present()).toEqual(await expectedCustomers(database));
    expect(await rowsOf('SELECT count(*)::int AS n FROM ops.rfm_days')).toEqual([{ n: 1 }]);
  });

  it('--compare says who moved where', async () => {
    await segments('--apply', '--force');
    const then = new Map((await present()).map(({ id, segment }) => [id, segment]));
    await longAgo(7);
    await database.query(`
      SELECT make('orders', jsonb_build_object('customerId', 'c100', 'createdAt', (now() AT TIME ZONE 'UTC' - k * interval '1 minute')::timestamp(3))) FROM generate_series(1, 9) k;
      UPDATE orders SET status = 'CANCELLED' WHERE "customerId" = 'c001';
      SELECT make('customers', '{"id": "c101"}');
      SELECT make('orders', jsonb_build_object('customerId', 'c101', 'createdAt', (now() AT TIME ZONE 'UTC' - interval '2 days')::timestamp(3)))`);
    const now = new Map((await expectedCustomers(database)).map(({ id, segment }) => [id, segment]));
    const moves = [...new Set([...then.keys(), ...now.keys()])].map((id) => ({
      id,
      from: then.get(id) ?? 'not scored',
      to: now.get(id) ?? 'not scored',
    }));
    const day = await dayBefore(7);
    const { code, stdout } = await run('--compare', day, '--format', 'json');
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      schema: 'smsfood.segments-compare/1',
      comparedWith: { day, customers: 100 },
      otherDefinitions: false,
      moved: moves.filter(({ from, to }) => from !== to).length,
    });
    expect(document.moved).toBeGreaterThan(2);
    for (const [from, row] of Object.entries<Record<string, number>>(document.matrix)) {
      for (const [to, customers] of Object.entries(row)) {
        const own = moves.filter((move) => move.from === from && move.to === to);
        expect({ from, to, customers }).toEqual({ from, to, customers: own.length });
      }
    }
    expect(document.movements).toContainEqual({ from: then.get('c001'), to: null, customers: 1 });
    const csv = await run('--compare', day, '--format', 'csv');
    expect(csv.stdout.trimEnd().split(/\r?\n/).slice(1).sort()).toEqual(
      moves
        .filter(({ from, to }) => from !== to)
        .map(({ id, from, to }) => `${id},${from},${to}`)
        .sort(),
    );
    expect((await run('--compare', day)).stdout).toMatch(/customers moved since the scores of \d{4}-\d\d-\d\d\./);
    // Nothing was written.
    expect(await rowsOf('SELECT count(*)::int AS n FROM ops.rfm_days')).toEqual([{ n: 1 }]);
  });

  it('--compare says that the definitions were others', async () => {
    await segments('--apply', '--force');
    const { stdout } = await smsfood(['segments', '--compare', await dayBefore(0)], {
      env: { DATABASE_URL: database.url, SMSFOOD_TIMEZONE: 'UTC' },
    });
    expect(stdout).toContain('made with another time zone or other sold statuses');
  });

  it('names the nearest days where none of the wanted day were kept, and needs ops', async () => {
    await segments('--apply', '--force');
    const { stderr } = await run('--compare', '2020-01-01');
    expect(stderr).toContain(`The nearest days with scores: ${await dayBefore(0)}.`);
    await database.query('ALTER SCHEMA ops RENAME TO elsewhere');
    const absent = await run('--compare', '2020-01-01');
    await database.query('ALTER SCHEMA elsewhere RENAME TO ops');
    expect(absent).toMatchObject({ code: 3, stderr: expect.stringContaining('[OPS_NOT_INSTALLED]') });
  });
});

describe('wrong usage', () => {
  beforeAll(() => database.query('TRUNCATE ops.rfm_days'));

  it.each([
    [
      ['--compare', '2020-01-01'],
      2,
      /No scores of 2020-01-01 were kept.*\[NOT_FOUND\]\n.*first `smsfood segments --apply`/,
    ],
    [['--compare', 'yesterday'], 2, /--compare: must be a day, such as 2026-03-10/],
    [['--compare', '2026-02-30'], 2, /--compare: must be a day/],
    [['--compare', '2020-01-01', '--apply'], 2, /--compare only looks, and cannot be used with --apply/],
    [['--max-changes', 'many'], 2, /--max-changes/],
    [['--format', 'junit'], 2, /--format/],
  ])('refuses %j', async (args, expected, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
