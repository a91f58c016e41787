import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startProgram } from '../harness/process.js';
import { smsfood } from '../harness/run.js';
import { readRefresh, type SummaryWorld, seed, summaryWorld } from '../summaries/world.js';

let world: SummaryWorld;
let before: string[];
beforeAll(async () => {
  world = await summaryWorld();
  await seed(world, 'none');
  await world.refresh();
});
afterAll(() => world.drop());
beforeEach(async () => {
  await world.query(
    `UPDATE orders SET "totalAmount" = "totalAmount" + 1, "updatedAt" = now() AT TIME ZONE 'UTC' WHERE hashtext(id) % 3 = 0;
     TRUNCATE ops.runs CASCADE`,
  );
  // The watermark went with the run that it names.
  await world.query('TRUNCATE ops.watermarks');
  before = await world.kept();
});

const sessions = async () =>
  (
    await world.query<{ waits: boolean }>(
      `SELECT wait_event_type = 'Lock' AS waits FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'smsfood/refresh/%'`,
      [world.name],
    )
  ).rows.map(({ waits }) => waits);
const runs = async () => (await world.query('SELECT status, exit_code FROM ops.runs ORDER BY started_at')).rows;
const listed = async () => {
  const { stdout } = await smsfood(['runs', 'list', '--format', 'csv'], { env: { DATABASE_URL: world.url } });
  return stdout.split(/\r?\n/).slice(1, -1);
};

/** Keeps a refresh waiting for a table, with those before it written and not committed. */
async function blocked<T>(work: () => Promise<T>, table = 'kpi_snapshots'): Promise<T> {
  const other = await world.connect();
  await other.query(`BEGIN; LOCK TABLE ops.${table} IN ACCESS EXCLUSIVE MODE`);
  try {
    return await work();
  } finally {
    await other.query('ROLLBACK');
    await other.end();
  }
}
const isBlocked = () => expect.poll(sessions, { timeout: 10_000 }).toContain(true);

async function expectExact(document: ReturnType<typeof readRefresh>) {
  const { present, expected } = await world.compare(document);
  expect(present).toEqual(expected);
}

describe('a refresh that is stopped half way', () => {
  it('by SIGTERM leaves the old numbers whole, and says so', async () => {
    await blocked(async () => {
      const { child, ended } = startProgram(['refresh'], { env: { DATABASE_URL: world.url } });
      await isBlocked();
      child.kill('SIGTERM');
      expect(await ended).toMatchObject({ code: 143, stdout: '' });
    });
    expect(await world.kept()).toEqual(before);
    expect(await runs()).toEqual([{ status: 'interrupted', exit_code: 143 }]);
    await expectExact(await world.refresh());
  });

  it('by SIGKILL leaves the old numbers whole, is listed as killed, and keeps nobody else out', async () => {
    await blocked(async () => {
      const { child, ended } = startProgram(['refresh'], { env: { DATABASE_URL: world.url } });
      await isBlocked();
      child.kill('SIGKILL');
      expect(await ended).toMatchObject({ signal: 'SIGKILL', stdout: '' });
      // The server notices within a second, though the statement waits for a lock.
      await expect.poll(sessions, { timeout: 4_000 }).toEqual([]);
    });
    expect(await world.kept()).toEqual(before);
    expect(await runs()).toEqual([{ status: 'running', exit_code: null }]);
    expect(await listed()).toEqual([expect.stringMatching(/,refresh,killed,,,0,0,/)]);
    await expectExact(await world.refresh());
    expect(await runs()).toEqual([
      { status: 'interrupted', exit_code: null },
      { status: 'done', exit_code: 0 },
    ]);
  });

  it('by a database that fails, too', async () => {
    await world.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
       CREATE TRIGGER refuse BEFORE INSERT ON ops.kpi_snapshots FOR EACH ROW EXECUTE FUNCTION refuse()`,
    );
    try {
      const { code, stdout, stderr } = await world.run();
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toMatch(/could not refresh the summaries.*\[DB_QUERY_FAILED\]/i);
      expect(await world.kept()).toEqual(before);
      expect(await runs()).toEqual([{ status: 'errors', exit_code: 3 }]);
    } finally {
      await world.query('DROP TRIGGER refuse ON ops.kpi_snapshots; DROP FUNCTION refuse()');
    }
    await expectExact(await world.refresh());
  });
});

describe('refresh', () => {
  it('keeps other runs out, and segments with them, as both write the scores', async () => {
    const { first } = await blocked(async () => {
      const running = world.run(['--format', 'json']);
      await isBlocked();
      const [second, segments] = await Promise.all([
        world.run(),
        smsfood(['segments', '--apply', '--force'], { env: { DATABASE_URL: world.url } }),
      ]);
      expect(second).toMatchObject({ code: 3, stdout: '' });
      expect(second.stderr).toMatch(/Another `smsfood refresh` is at work on this database\. \[LOCKED\]/);
      expect(segments).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[LOCKED]') });
      expect(await listed()).toEqual([expect.stringMatching(/,refresh,running,,,0,0,/)]);
      return { first: running };
    });
    await expectExact(readRefresh(await first));
  });

  it('shows one instant, whatever is committed meanwhile', async () => {
    const { first } = await blocked(async () => {
      const running = world.run(['--format', 'json']);
      await isBlocked();
      await world.query('UPDATE business_customers SET "currentUsage" = "currentUsage" + 1');
      return { first: running };
    }, 'business_health');
    const { run } = readRefresh(await first);
    const { rows } = await world.query(
      `SELECT DISTINCT b."currentUsage" - h.current_usage AS later
       FROM ops.business_health h JOIN business_customers b ON b.id = h.business_id WHERE day = '${run.day}'`,
    );
    expect(rows).toEqual([{ later: 1 }]);
    await expectExact(await world.refresh());
  });

  it('needs ops, and a role that may write there', async () => {
    await world.query(
      `DO $$ BEGIN CREATE ROLE refresh_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA public, ops TO refresh_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public, ops TO refresh_reader`,
    );
    const reader = { DATABASE_URL: world.urlFor('refresh_reader', 'secret') };
    const refused = await world.run([], reader);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toMatch(
      /Nothing was changed: this role may not write to the schema ops\. \[DB_PERMISSION\]/,
    );
    await world.query('GRANT INSERT, UPDATE ON ops.runs, ops.change_log TO refresh_reader');
    const half = await world.run([], reader);
    expect(half).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[DB_PERMISSION]') });
    await world.query('DROP OWNED BY refresh_reader');

    await world.query('ALTER SCHEMA ops RENAME TO elsewhere');
    const absent = await world.run();
    await world.query('ALTER SCHEMA elsewhere RENAME TO ops');
    expect(absent).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[OPS_NOT_INSTALLED]') });
    expect(absent.stderr).toContain('smsfood db install');
    expect(await world.kept()).toEqual(before);
  });

  it.each([
    [['--since', 'yesterday'], /--since: "yesterday" is no time with a zone/],
    [['--since', '2026-03-10'], /--since: "2026-03-10" is no time with a zone/],
    [['--since', '2026-02-30T00:00:00Z'], /--since: .* is no time with a zone/],
    [['--since', '2026-03-10T00:00:00Z', '--full'], /--full looks at all orders, and cannot be used with --since/],
    [['--format', 'junit'], /--format/],
    [['orders'], /too many arguments/],
    [['--apply'], /unknown option '--apply'/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await world.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(await runs()).toEqual([]);
  });
});

describe('what it prints', () => {
  it('fits 80 columns, and is the same without colours', async () => {
    const options = { env: { DATABASE_URL: world.url }, terminal: true, columns: 80 };
    const { code, stdout } = await smsfood(['refresh'], { ...options, env: { ...options.env, NO_COLOR: '1' } });
    expect(code).toBe(0);
    expect(stdout.replace(/\d/g, '9')).toMatch(
      /^The platform as it was at 9{4}-99-99T99:99:99\.999Z, 9{4}-99-99 in\nAmerica\/New_York\. A full pass: never refreshed before\.\n\n/,
    );
    for (const name of ['daily_order_stats', 'customer_rfm_scores', 'business_health', 'kpi_snapshots'])
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +refreshed +[\\d,]+ +0 +[\\d,]+$`, 'm'));
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const coloured = await smsfood(['refresh'], options);
    expect(coloured.stdout).toContain('\u001b[');
    expect(stdout).not.toContain('\u001b[');
  });

  it('names in CSV what became of each table', async () => {
    const { stdout } = await world.run(['--format', 'csv']);
    expect(stdout).toMatch(/^name,status,changed,removed,rows,reason\r\ndaily_order_stats,refreshed,\d+,0,\d+,\r\n/);
  });
});

describe('a platform that has next to nothing', () => {
  it('has no scores below 100 buying customers, says why, and keeps those that there are', async () => {
    const scores = async () => (await world.query('SELECT t::text FROM ops.customer_rfm_scores t ORDER BY 1')).rows;
    const held = await scores();
    expect(held.length).toBeGreaterThan(100);
    await world.query(`UPDATE orders SET status = 'CANCELLED', "updatedAt" = now() AT TIME ZONE 'UTC'`);
    const document = await world.refresh();
    const reason = '0 customers have a sold order in the last 12 months; quintiles need at least 100';
    expect(document.tables[1]).toEqual({
      name: 'customer_rfm_scores',
      status: 'skipped',
      changed: null,
      removed: null,
      rows: held.length,
      reason,
    });
    expect(await scores()).toEqual(held);
    expect((await world.run()).stdout.replaceAll('\n', ' ')).toContain(
      `customer_rfm_scores is left as it is: ${reason}.`,
    );
    const { rows } = await world.query(`SELECT value FROM ops.kpi_snapshots WHERE kpi_id = 'aov'`);
    expect(rows).toEqual([{ value: null }]); // an average of nothing is not 0
  });

  it('is refreshed without orders, customers and businesses', async () => {
    await world.query('TRUNCATE orders, sms_logs, customers, business_customers CASCADE');
    const document = await world.refresh(['--full']);
    const { present, expected } = await world.compare(document);
    expect(present).toMatchObject({ ...Object(expected), stats: [], health: [], scores: expect.anything() });
    const { rows } = await world.query(`SELECT kpi_id AS id FROM ops.kpi_snapshots WHERE value <> 0`);
    expect(rows).toEqual([]);
  });
});
