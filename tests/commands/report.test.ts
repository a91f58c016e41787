import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneDatabase, cloneWithOps, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { dollars, grouped, readPage, report } from '../report/page.js';

const ZONE = 'America/New_York';
const SOLD = `status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')`;
const ALL = [
  ...['At a glance', 'Revenue by month', 'Revenue by day', 'Customers', 'Cohorts', 'Segments', 'Businesses'],
  ...['SMS delivery', 'Webhooks', 'Data quality', 'Open findings'],
];

async function seeded(generation: 'production' | 'newer', damage: 'none' | 'every'): Promise<TestDatabase> {
  const database = await cloneDatabase(generation);
  await seedMarketplace(await database.connect(), {
    ...{ customers: 150, orders: 900, days: 120, damage, seed: 5, now: new Date(), timezone: ZONE },
  });
  return database;
}

let clean: TestDatabase;
let damaged: TestDatabase;
/** Of each, one report for all tests that only read it. */
const made = new Map<TestDatabase, Awaited<ReturnType<typeof report>>>();
beforeAll(async () => {
  [clean, damaged] = await Promise.all([seeded('newer', 'none'), seeded('production', 'every')]);
  for (const database of [clean, damaged]) made.set(database, await report(database));
});
function reportOf(database: TestDatabase) {
  const own = made.get(database);
  if (own === undefined) throw new Error('no report was made of it');
  return own;
}
afterAll(() => Promise.all([clean.drop(), damaged.drop()]));

async function value(database: TestDatabase, statement: string): Promise<number> {
  const { rows } = await database.query<{ value: number }>(`SELECT (${statement})::float8 AS value`);
  return rows[0]?.value ?? Number.NaN;
}

describe.each(['clean', 'damaged'] as const)('a report of %s data', (kind) => {
  const database = () => (kind === 'clean' ? clean : damaged);

  it('has the numbers that independent statements have', async () => {
    const { code, stderr, page } = reportOf(database());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { figure, table, chapters } = page();
    expect(chapters).toEqual(ALL);
    const count = (sql: string) => value(database(), sql).then(grouped);
    const money = (sql: string) => value(database(), sql).then(dollars);
    expect(figure('overview.paid_orders')).toBe(await count(`SELECT count(*) FROM orders WHERE ${SOLD}`));
    expect(figure('overview.total_revenue')).toBe(await money(`SELECT sum("totalAmount") FROM orders WHERE ${SOLD}`));
    expect(figure('overview.total_customers')).toBe(await count('SELECT count(*) FROM customers'));
    expect(figure('overview.mrr')).toBe(
      await money(
        `SELECT coalesce(sum(CASE "subscriptionTier" WHEN 'starter' THEN 3500 WHEN 'pro' THEN 9500 END), 0) FROM business_customers WHERE lower("subscriptionStatus") = 'active'`,
      ),
    );
    const month = `date_trunc('month', now() AT TIME ZONE '${ZONE}')`;
    const local = `"createdAt" AT TIME ZONE 'UTC' AT TIME ZONE '${ZONE}'`;
    const lastMonth = `SELECT coalesce(sum("totalAmount"), 0) FROM orders WHERE ${SOLD} AND ${local} >= ${month} - interval '1 month' AND ${local} < ${month}`;
    expect(figure('revenue.gmv')).toBe(await money(lastMonth));
    expect(table('Revenue by month: By month').at(-1)?.GMV).toBe(await money(lastMonth));
    const failed = table('SMS delivery: Outbound messages by day').map((row) => Number(row.Failed));
    const day = `date_trunc('day', now() AT TIME ZONE '${ZONE}')`;
    expect(failed.reduce((sum, each) => sum + each, 0)).toBe(
      await value(
        database(),
        `SELECT count(*) FROM sms_logs WHERE direction = 'OUTBOUND' AND status = 'FAILED' AND ${local} >= ${day} - interval '7 days' AND ${local} < ${day}`,
      ),
    );
  });

  it('has the findings of `smsfood check` and the score of `smsfood scorecard`', async () => {
    const env = { DATABASE_URL: database().url };
    const run = async (command: string) => JSON.parse((await smsfood([command, '--format', 'json'], { env })).stdout);
    const [{ results }, { overall }] = [await run('check'), await run('scorecard')];
    const { page } = reportOf(database());
    const { table, figure } = page();
    const open = results.filter(({ status }: { status: string }) => status === 'fail' || status === 'warn');
    const shown = kind === 'clean' && open.length === 0 ? [] : table('Open findings: What was found');
    expect(shown.map((row) => `${row.Status} ${row.Check}`).sort()).toEqual(
      open.map(({ id, status }: { id: string; status: string }) => `${status} ${id}`).sort(),
    );
    expect(figure('scorecard.overall')).toBe(overall.score.toFixed(1));
    if (kind === 'damaged') expect(shown.length).toBeGreaterThan(20);
  });
});

describe('what a report shows', () => {
  it('draws each chart twice, with a text alternative and a table of the same numbers', async () => {
    const { page } = reportOf(damaged);
    const { html, table } = page();
    const drawings = [...html.matchAll(/<svg class="(wide|narrow)" role="img" aria-label="([^"]+)"/g)];
    expect(drawings.filter(([, size]) => size === 'wide').length).toBeGreaterThanOrEqual(5);
    expect(drawings.filter(([, size]) => size === 'wide').map(([, , text]) => text)).toEqual(
      drawings.filter(([, size]) => size === 'narrow').map(([, , text]) => text),
    );
    const months = table('Revenue by month: By month');
    const text = drawings.find(([, , alternative]) => alternative?.startsWith('Column chart, By month'))?.[2];
    expect(text).toContain(`${months.length} rows. GMV: from ${months[0]?.GMV} (${months[0]?.From})`);
  });

  it('has neither scripts nor anything that is loaded, and lets in one style only', async () => {
    const { page } = reportOf(damaged);
    const { html } = page();
    expect(html).toMatch(
      /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-/,
    );
    expect(html.match(/<style/g)).toHaveLength(1);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|\sstyle=|\ssrc=|url\(|@import/i);
    expect(html.match(/href="(?!#)/g)).toBeNull();
  });

  it('shows values as text, whatever they hold, and acting characters as signs', async () => {
    const database = await cloneDatabase('production');
    try {
      await seedMarketplace(await database.connect(), {
        ...{ customers: 20, orders: 100, days: 60, damage: 'none', seed: 2, now: new Date(), timezone: ZONE },
      });
      const name = `<script>alert(1)</script>"><img src=x onerror=alert(2)> & \u202etxt.exe \u{1F35C}`;
      await database.query('UPDATE business_customers SET "businessName" = $1', [name]);
      const { page } = await report(database);
      const { html, table } = page();
      expect(html).not.toMatch(/<script|<img|\u202e/);
      const [first] = table(
        [...html.matchAll(/<caption id="businesses-\d">(.*?)<\/caption>/g)].map(([, caption = '']) => caption)[0] ?? '',
      );
      expect(first?.Name).toBe(name.replace('\u202e', '\\u202e'));
      const { rows } = await database.query<{ id: string }>('SELECT min(id) AS id FROM business_customers');
      const own = (await report(database, ['--business', rows[0]?.id ?? ''])).page();
      expect(own.title).toBe(name.replace('\u202e', '\\u202e'));
      expect(own.html).not.toMatch(/<script|<img|\u202e/);
    } finally {
      await database.drop();
    }
  });

  it('says as of when, in which zone, and of whom; and that it is the sandbox where it is', async () => {
    const { page } = await report(clean, [], { env: { SMSFOOD_TIMEZONE: 'Asia/Kolkata' } });
    const { facts, title, html } = page();
    expect(title).toBe('Marketplace report');
    expect(facts['As of']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d, Asia\/Kolkata \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)$/);
    expect(facts.Covers).toBe('All businesses');
    expect(html).not.toContain('Sandbox data');
  });

  it('is of one business, and leaves out what is about the marketplace', async () => {
    const { rows } = await clean.query<{ id: string; name: string }>(
      `SELECT b.id, "businessName" AS name FROM business_customers b JOIN orders o ON o."businessId" = b.id GROUP BY b.id ORDER BY count(*) DESC LIMIT 1`,
    );
    const { id = '', name } = rows[0] ?? {};
    const { code, page } = await report(clean, ['--business', id]);
    const { title, facts, chapters, figure } = page();
    expect({ code, title }).toEqual({ code: 0, title: name });
    expect(facts.Covers).toBe(`Business ${id}`);
    expect(facts['Left out']).toContain('webhooks');
    expect(chapters).toEqual(
      ALL.filter((each) => !['Segments', 'Webhooks', 'Data quality', 'Open findings'].includes(each)),
    );
    expect(figure('overview.paid_orders')).toBe(
      grouped(await value(clean, `SELECT count(*) FROM orders WHERE ${SOLD} AND "businessId" = '${id}'`)),
    );
  });

  it('says of a business in the older schema that its messages cannot be told apart', async () => {
    const { rows } = await damaged.query<{ id: string }>('SELECT min(id) AS id FROM business_customers');
    const { code, page } = await report(damaged, ['--business', rows[0]?.id ?? '']);
    expect(code).toBe(0);
    expect(page().unknown('SMS delivery')).toMatch(
      /^Unknown, because customers of this database belong to no business/,
    );
  });
});

describe('what a report does not know', () => {
  it('is said where there is no schema ops, and is no trouble', async () => {
    const { code, page } = reportOf(clean);
    expect(code).toBe(0);
    const { unknown, warning, html } = page();
    expect(unknown('Webhooks')).toMatch(/^Unknown, because the inbox of webhooks is not installed/);
    expect(warning).toBeNull();
    expect(html).toContain('No trend: the schema ops is not installed');
  });

  it('is said for each chapter whose tables may not be read, and the exit code is 3', async () => {
    const role = `reader_${clean.name}`;
    await clean.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    await clean.query(`GRANT SELECT ON customers, orders, business_customers TO ${role}`);
    try {
      const { code, stderr, page } = await report(clean, [], { env: { DATABASE_URL: clean.urlFor(role, 'x') } });
      expect(code).toBe(3);
      expect(stderr).toMatch(
        /^Not all of it is known: At a glance, SMS delivery, \d+ checks among the open findings\./,
      );
      const { unknown, warning, figure } = page();
      expect(unknown('SMS delivery')).toMatch(/^Unknown, because .*permission denied for table sms_logs\.$/);
      expect(warning).toMatch(/^Not all of this report is known\.Unknown: At a glance, SMS delivery, /);
      expect(figure('businesses.businesses')).toBe(
        grouped(await value(clean, 'SELECT count(*) FROM business_customers')),
      );
    } finally {
      await clean.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('is said for a table that somebody has locked for too long, and the other numbers are there', async () => {
    const folder = temporaryFolder({ 'c.json': '{"database": {"lockTimeout": "50ms"}}' });
    const other = await clean.connect();
    await other.query('BEGIN; LOCK TABLE sms_logs IN ACCESS EXCLUSIVE MODE');
    try {
      const { code, page } = await report(clean, ['--config', join(folder, 'c.json')]);
      expect(code).toBe(3);
      const { unknown, figure } = page();
      expect(unknown('SMS delivery')).toMatch(/^Unknown, because .*took too long/);
      expect(figure('cohorts.retention_1')).toMatch(/^\d+(?:\.\d+)?%$/);
    } finally {
      await other.query('ROLLBACK');
    }
  });

  it('is all of it where the database cannot be reached or has none of the tables: no file then', async () => {
    const folder = temporaryFolder({ 'old.html': 'of yesterday' });
    const output = join(folder, 'old.html');
    const away = await smsfood(['report', '--output', output, '--force'], {
      env: { DATABASE_URL: 'postgresql://nobody:x@127.0.0.1:1/nothing' },
    });
    expect(away).toMatchObject({ code: 3, stderr: expect.stringContaining('[DB_UNREACHABLE]') });
    const url = new URL(clean.url);
    url.pathname = '/postgres';
    const empty = await smsfood(['report', '--output', output, '--force'], { env: { DATABASE_URL: url.toString() } });
    expect(empty).toMatchObject({ code: 3, stderr: expect.stringContaining('[DB_QUERY_FAILED]') });
    expect(readFileSync(output, 'utf8')).toBe('of yesterday');
    expect(readdirSync(folder)).toEqual(['old.html']);
  });
});

describe('with the schema ops', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneWithOps('production');
    await seedMarketplace(await database.connect(), {
      ...{ customers: 20, orders: 100, days: 60, damage: 'none', seed: 2, now: new Date(), timezone: ZONE },
    });
  });
  afterAll(() => database.drop());

  it('the inbox of webhooks is counted', async () => {
    await database.query(`INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, next_attempt_at, status, dead_reason, verified_by, content_hash)
      SELECT 'stripe', 'key ' || n, 'charge.refunded', now(), now() - n * interval '1 minute', now(),
        CASE WHEN n % 10 = 0 THEN 'dead' ELSE 'processed' END, CASE WHEN n % 10 = 0 THEN 'attempts' END, 'secret 1', '' FROM generate_series(1, 50) n`);
    const { code, page } = await report(database);
    expect(code).toBe(0);
    const { figure, table } = page();
    expect(figure('webhooks.received')).toBe('50');
    expect(figure('webhooks.dead')).toBe('5');
    expect(table('Webhooks: Dead letters')).toMatchObject([{ Events: '5', Reason: 'attempts', Source: 'stripe' }]);
  });

  it('summaries are read where they are fresh, and named with the time of their refresh', async () => {
    expect(await smsfood(['refresh'], { env: { DATABASE_URL: database.url } })).toMatchObject({ code: 0 });
    const { page } = await report(database);
    const { html, figure } = page();
    expect(figure('overview.total_customers')).toBe('20');
    expect(html).toContain('Read from ops.kpi_snapshots and ops.daily_order_stats, as refreshed at ');
    const fresh = (await report(database, ['--fresh'])).page();
    expect(fresh.html).not.toContain('as refreshed at');
    expect(fresh.figure('overview.total_customers')).toBe('20');
  });
});

describe('the file of a report', () => {
  const run = (args: readonly string[], url = clean.url) =>
    smsfood(['report', ...args], { env: { DATABASE_URL: url } });

  it('is written whole, and replaced with --force only', async () => {
    const folder = temporaryFolder();
    const output = join(folder, 'report.html');
    expect(await run(['--output', output])).toMatchObject({ code: 0, stdout: '', stderr: `Wrote ${output}.\n` });
    const html = readFileSync(output, 'utf8');
    expect(readPage(html).chapters).toEqual(ALL);
    expect(html.endsWith('</html>\n')).toBe(true);
    const again = await run(['--output', output]);
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is there already\. \[FILE_EXISTS\]\n {2}Pass --force/),
    });
    const link = join(folder, 'link.html');
    symlinkSync(output, link);
    expect((await run(['--output', link, '--force'])).code).toBe(0);
    expect(readFileSync(output, 'utf8')).not.toBe(html);
    expect(readdirSync(folder).sort()).toEqual(['link.html', 'report.html']);
  });

  it.each([
    ['no --output', [], 2, '--output is missing'],
    ['an empty one', ['--output', ''], 2, '--output'],
    ['a folder that is not there', ['--output', '/nowhere/report.html'], 3, 'there is no folder /nowhere'],
    ['a folder', ['--output', '/tmp'], 3, 'it is a folder'],
    ['an unknown business', ['--output', '-', '--business', 'nobody'], 2, 'There is no business "nobody"'],
    ['a format', ['--output', '-', '--format', 'pdf'], 2, "unknown option '--format'"],
  ])('is refused with %s', async (_what, args, code, words) => {
    const outcome = await run(args);
    expect(outcome).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) });
  });

  it('is refused before the database is asked', async () => {
    const folder = temporaryFolder({ 'report.html': 'mine' });
    const outcome = await run(['--output', join(folder, 'report.html')], 'postgresql://nobody:x@127.0.0.1:1/nothing');
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('[FILE_EXISTS]') });
    const nowhere = await run(
      ['--output', join(folder, 'no', 'report.html')],
      'postgresql://nobody:x@127.0.0.1:1/nothing',
    );
    expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringContaining('[FILE_NOT_WRITTEN]') });
  });
});
