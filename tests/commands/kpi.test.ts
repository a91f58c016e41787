import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SmsfoodError } from '../../src/errors.js';
import { KPI_REPORTS } from '../../src/kpi/index.js';
import { main } from '../../src/main.js';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneDatabase, installOps, onServer, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { type RunOptions, smsfood } from '../harness/run.js';
import { kpi } from '../kpi/expected.js';

const NOWHERE = 'postgresql://nobody@127.0.0.1:1/none';
const REPORTS = KPI_REPORTS.map(({ id }) => id);

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await seedMarketplace(await database.connect(), {
    ...{ customers: 150, orders: 900, days: 90, damage: 'realistic', seed: 4 },
    ...{ now: new Date(), timezone: 'America/New_York' },
  });
});
afterAll(() => database.drop());

const run = (args: readonly string[], options: RunOptions = {}) =>
  smsfood(['kpi', ...args], { ...options, env: { DATABASE_URL: database.url, ...options.env } });

describe('bad input', () => {
  it.each([
    [['revenu'], /There is no kpi report "revenu"\. \[USAGE\]\n.*Did you mean "revenue"\?/],
    [['revenue', '--from', '2026-03-02', '--to', '2026-03-01'], /--from 2026-03-02 is after --to 2026-03-01/],
    [['revenue', '--from', '2026-03-02', '--to', '2026-03-02'], /leave no day/],
    [['revenue', '--from', '2026-02-30'], /--from: must be a day, such as 2026-03-10/],
    [['revenue', '--from', '2026-3-1'], /--from: must be a day/],
    [['revenue', '--compare', 'last'], /--compare.*Allowed choices are prior, same-weekday, yoy, none/],
    [['revenue', '--by', 'year'], /--by.*Allowed choices are day, week, month/],
    [['rfm', '--from', '2026-03-02'], /kpi rfm is always about now/],
    [['rfm', '--business', 'x'], /takes no --business/],
    [['rfm', '--as-of', '2026-03-02T00:00:00Z'], /takes no --as-of/],
    [['cohorts', '--compare', 'yoy'], /compares no periods/],
    [['menu', '--by', 'week'], /--by is for kpi revenue/],
    [['--sql', '--format', 'json'], /--sql prints to standard output/],
    [['--sql', '--output', 'file.sql'], /--sql prints to standard output/],
    [['--series', 'days'], /--series is for --format csv/],
    [['--format', 'junit'], /--format/],
    [['--as-of', 'yesterday'], /--as-of: "yesterday" is no time with a zone/],
    [['--watch'], /--watch needs a terminal/],
    [['--watch', '0'], /--watch: must be a number of seconds/],
    [['overview', 'revenue'], /too many arguments/],
  ])('%j is refused before the database is asked', async (args, message) => {
    const { code, stdout, stderr } = await run(args, { env: { DATABASE_URL: NOWHERE } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('an unknown zone is refused with the nearest name', async () => {
    const { code, stderr } = await run([], { env: { SMSFOOD_TIMEZONE: 'America/New_Yrok' } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/is no IANA time zone, but America\/New_York is\. \[CONFIG_INVALID\]/);
  });

  it('an unknown business is refused, with the nearest id or the id of its name', async () => {
    const { rows } = await database.query<{ id: string; name: string }>(
      `SELECT id, "businessName" AS name FROM business_customers b
       WHERE (SELECT count(*) FROM business_customers o WHERE o."businessName" = b."businessName") = 1 ORDER BY id LIMIT 1`,
    );
    const { id, name } = rows[0] ?? { id: '', name: '' };
    const mistyped = await run(['revenue', '--business', `${id.slice(0, -1)}~`]);
    expect(mistyped).toMatchObject({ code: 2, stdout: '' });
    expect(mistyped.stderr).toContain(`Did you mean "${id}"?`);
    const named = await run(['revenue', '--business', name.toUpperCase()]);
    expect(named.stderr).toContain(`The id of ${name} is ${id}.`);
    const injected = await run(['revenue', '--business', `' OR true --`]);
    expect(injected.code).toBe(2);
  });

  it('a period to come, a series that is not there, a business of messages in the older schema', async () => {
    expect((await run(['revenue', '--from', '2999-01-01'])).stderr).toMatch(/is still to come: today is 20.*\[USAGE\]/);
    const series = await run(['menu', '--format', 'csv', '--series', 'dish']);
    expect(series).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Did you mean "dishes"?') });
    const { rows } = await database.query<{ id: string }>('SELECT min(id) AS id FROM business_customers');
    for (const report of ['sms', 'funnel'])
      expect(await run([report, '--business', rows[0]?.id ?? ''])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('customers of this database belong to none'),
      });
  });

  it('no database, none that answers', async () => {
    expect(await smsfood(['kpi'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('[NO_DATABASE]'),
    });
    expect(await run([], { env: { DATABASE_URL: NOWHERE } })).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('--define', () => {
  it('defines every metric of every report, without a database', async () => {
    const { code, stdout } = await smsfood(['kpi', '--define', '--format', 'json']);
    const { schema, metrics, statuses } = JSON.parse(stdout);
    expect({ code, schema }).toEqual({ code: 0, schema: 'smsfood.kpi-define/1' });
    const expected = KPI_REPORTS.flatMap(({ id, definitions }) =>
      Object.keys(definitions).map((metric) => `${id}.${metric}`),
    );
    expect(metrics.map(({ report, id }: { report: string; id: string }) => `${report}.${id}`)).toEqual(expected);
    expect(metrics.every(({ definition }: { definition: string }) => definition.length > 10)).toBe(true);
    const { rows } = await database.query<{ status: string }>(
      `SELECT unnest(enum_range(NULL::"OrderStatus"))::text AS status`,
    );
    expect(statuses.map(({ status }: { status: string }) => status)).toEqual(rows.map(({ status }) => status));
  });

  it('of one report, as a table', async () => {
    const { stdout } = await smsfood(['kpi', 'revenue', '--define'], { columns: 100 });
    expect(stdout).toMatch(/take_rate +ratio +Platform revenue divided by GMV/);
    expect(stdout).not.toContain('retention_1');
    expect(stdout).toMatch(/CONFIRMED +no +unpaid/);
  });
});

describe('--sql', () => {
  it.each(REPORTS)('of %s runs as it stands, and gives the rows of the report', async (report) => {
    const { code, stdout, stderr } = await run([report, '--sql']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(/\$\d/);
    // Without any values, as psql sends it.
    const client = await database.connect();
    await client.query("SET TimeZone = 'Asia/Kolkata'");
    const results: unknown = await client.query(`BEGIN READ ONLY; ${stdout} ROLLBACK`);
    const answers = (Array.isArray(results) ? results : []).filter(({ command }) => command === 'SELECT');
    expect(answers.length).toBeGreaterThan(0);
    const { values, metrics } = await kpi(database, [report]);
    const row = answers[0].rows.find((each: { period?: string }) => (each.period ?? 'current') === 'current');
    const compared = metrics.filter(({ id }) => row !== undefined && id in row);
    for (const { id } of compared)
      expect({ id, value: row[id] === null ? null : Number(row[id]) }).toEqual({ id, value: values[id] });
    if (!['cohorts', 'rfm', 'forecast'].includes(report)) expect(compared.length).toBeGreaterThan(4);
  });
});

describe('output', () => {
  it.each(REPORTS)('%s fits 80 columns, in a table, and is Markdown and CSV too', async (report) => {
    const table = await run([report], { terminal: true, columns: 80, env: { NO_COLOR: '1' } });
    expect({ code: table.code, stderr: table.stderr }).toEqual({ code: 0, stderr: '' });
    const wide = table.stdout.split('\n').filter((line) => [...line].length > 80);
    expect(wide).toEqual([]);
    expect(table.stdout).not.toMatch(/undefined|NaN|Infinity|\[object/);
    const markdown = await run([report, '--format', 'markdown']);
    expect(markdown.stdout).toMatch(new RegExp(`^# smsfood kpi ${report}\\n`));
    const csv = await run([report, '--format', 'csv']);
    expect(csv.stdout).toMatch(/^id,value,unit,previous,change,change_unit\r\n/);
  });

  it('draws lines of blocks, and of ASCII where the terminal has no blocks', async () => {
    const blocks = await run(['revenue'], { terminal: true, columns: 100, env: { LANG: 'en_US.UTF-8' } });
    expect(blocks.stdout).toMatch(/GMV {2}[▁▂▃▄▅▆▇█]{28} {2}\$/);
    const ascii = await run(['revenue'], { terminal: true, columns: 100, env: { LC_ALL: 'C' } });
    expect(ascii.stdout).toMatch(/GMV {2}[_.~=+*#-]{28} {2}\$/);
    expect(ascii.stdout).not.toMatch(/[▁▂▃▄▅▆▇█─…]/);
  });

  it('writes a series as CSV, and a file whole', async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await run(['menu', '--format', 'csv', '--series', 'dishes', '--output', 'dishes.csv'], {
      cwd,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const text = readFileSync(join(cwd, 'dishes.csv'), 'utf8');
    expect(text).toMatch(/^dish,units,orders,share_of_orders,revenue,share_of_revenue\r\n/);
    expect(text.trim().split('\r\n')).toHaveLength((await kpi(database, ['menu'])).rowsOf('dishes').length + 1);
  });
});

describe('a day that begins twice', () => {
  it('is counted from its first midnight on, where the clocks go back at midnight', async () => {
    const havana = await cloneDatabase();
    await havana.query(
      `SELECT make('orders', jsonb_build_object('id', id, 'status', 'PAID', 'totalAmount', 1000, 'createdAt', at))
       FROM (VALUES ('before', '2025-11-02 03:59:59'), ('first', '2025-11-02 04:30:00'), ('second', '2025-11-02 05:30:00')) AS o (id, at)`,
    );
    const asked = ['kpi', 'revenue', '--from', '2025-11-02', '--to', '2025-11-03', '--format', 'json'];
    const env = { DATABASE_URL: havana.url, SMSFOOD_TIMEZONE: 'America/Havana' };
    const { code, stdout } = await smsfood(asked, { env });
    const { period, metrics, series } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(period).toMatchObject({ start: '2025-11-02T04:00:00.000Z', end: '2025-11-03T05:00:00.000Z' });
    expect(metrics).toContainEqual(expect.objectContaining({ id: 'gmv', value: 2000 }));
    expect(series[0].rows).toEqual([expect.objectContaining({ from: '2025-11-02', gmv: 2000 })]);
    await havana.drop();
  });
});

describe('access', () => {
  it('a role that may only read the tables needs nothing else, and does not see ops', async () => {
    await installOps(database);
    await smsfood(['refresh'], { env: { DATABASE_URL: database.url } });
    const role = `reader_${database.name}`;
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'secret'; GRANT USAGE ON SCHEMA public TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    try {
      const DATABASE_URL = database.urlFor(role, 'secret');
      for (const report of REPORTS)
        expect((await kpi(database, [report], { env: { DATABASE_URL } })).source).toEqual({
          kind: 'orders',
          tables: [],
        });
      await database.query(`REVOKE SELECT ON orders FROM ${role}`);
      const refused = await run([], { env: { DATABASE_URL } });
      expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[DB_PERMISSION]') });
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('reads from REPLICA_URL where it is set, in one read-only transaction', async () => {
    const other = await cloneDatabase();
    try {
      const { values } = await kpi(other, [], { env: { REPLICA_URL: database.url } });
      expect(values.total_orders).toBeGreaterThan(800);
      expect((await kpi(other, [])).values.total_orders).toBe(0);
    } finally {
      await other.drop();
    }
  });

  it('a statement that takes too long is a time-out, and Ctrl-C cancels it', async () => {
    const blocker = await database.connect();
    await blocker.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    const controller = new AbortController();
    const running = run(['--fresh'], { signal: controller.signal });
    const waiting = () =>
      onServer(database.url, async (client) => {
        const { rows } = await client.query<{ n: string }>(
          `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'smsfood/kpi/%' AND wait_event_type = 'Lock'`,
          [database.name],
        );
        return Number(rows[0]?.n);
      });
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
    controller.abort(new SmsfoodError('INTERRUPTED', 'Interrupted; nothing was left half done.'));
    expect(await running).toMatchObject({ code: 130, stdout: '', stderr: expect.stringContaining('[INTERRUPTED]') });
    await expect.poll(waiting, { timeout: 10_000 }).toBe(0);
    const cwd = temporaryFolder({ 'smsfood.config.json': '{"database": {"lockTimeout": "200ms"}}' });
    expect(await run(['--fresh'], { cwd })).toMatchObject({ code: 3, stderr: expect.stringContaining('[DB_TIMEOUT]') });
    await blocker.query('ROLLBACK');
  });
});

describe('--watch', () => {
  it('shows the numbers again and again, each time as they are, and ends with Ctrl-C', async () => {
    const controller = new AbortController();
    let screen = '';
    const output = (write: (text: string) => void) => ({
      write,
      isTerminal: true,
      columns: 100,
      send: async () => true,
    });
    const ended = main(['kpi', '--watch', '1', '--fresh'], {
      stdout: output((text) => {
        screen += text;
      }),
      stderr: output(() => undefined),
      env: { DATABASE_URL: database.url, NO_COLOR: '1' },
      cwd: temporaryFolder(),
      signal: controller.signal,
    });
    const orders = () =>
      [...screen.matchAll(/^ {2}Orders +([\d,]+)/gm)].map(([, number]) => Number(number?.replace(',', '')));
    await vi.waitFor(() => expect(orders()).toHaveLength(1), { timeout: 10_000 });
    await database.query(`DELETE FROM orders WHERE id = (SELECT max(id) FROM orders)`);
    await vi.waitFor(() => expect(orders().length).toBeGreaterThan(1), { timeout: 10_000 });
    controller.abort(new SmsfoodError('INTERRUPTED', 'Interrupted; nothing was left half done.'));
    expect(await ended).toBe(130);
    expect(orders().at(-1)).toBe((orders()[0] ?? 0) - 1);
    expect(screen).toContain('\u001b[2J');
    expect(screen).toContain('Every 1 s. Ctrl-C stops it.');
  });

  it.each([['--format', 'json'], ['--output', 'file'], ['--define'], ['--sql']])(
    'cannot be used with %s',
    async (...args) => {
      const { code, stderr } = await run(['--watch', '5', ...args], { terminal: true });
      expect(code).toBe(2);
      expect(stderr).toMatch(/--watch shows the table again and again/);
    },
  );
});
