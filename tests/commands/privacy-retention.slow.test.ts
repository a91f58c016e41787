import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { SmsfoodError } from '../../src/errors.js';
import { cloneDatabase, installOps, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { type RunOptions, smsfood } from '../harness/run.js';

const SECRET = 'Zyxtext';
const DocumentSchema = z.looseObject({
  schema: z.literal('smsfood.privacy-retention/1'),
  run: z.object({ id: z.string(), now: z.string() }),
  mode: z.enum(['dry-run', 'apply']),
  periods: z.array(
    z.object({
      table: z.string(),
      what: z.string(),
      days: z.number(),
      due: z.number().nullable(),
      done: z.number().nullable(),
      oldest: z.string().nullable(),
    }),
  ),
  busy: z.number(),
  tooMany: z.number().nullable(),
  exitCode: z.number(),
});

let database: TestDatabase;
beforeEach(async () => {
  database = await cloneDatabase();
  // By the age of each in days: 364 is kept, 366 and more is not.
  await database.query(`
    SELECT make('customers', '{"id": "ada"}'), make('orders', '{"id": "o1", "customerId": "ada", "notes": "${SECRET}", "createdAt": "2001-01-01T00:00:00"}');
    SELECT make('sms_logs', jsonb_build_object('id', 'm' || days, 'customerId', 'ada', 'message', '${SECRET} ' || days,
      'createdAt', now() AT TIME ZONE 'UTC' - make_interval(days => days))) FROM unnest(ARRAY[1, 364, 366, 800, 3000]) AS days`);
});
afterEach(() => database.drop());

const smsfoodHere = (argv: readonly string[], options: RunOptions = {}) =>
  smsfood(argv, { ...options, env: { DATABASE_URL: database.url, ...options.env } });
const run = (argv: readonly string[] = [], options: RunOptions = {}) =>
  smsfoodHere(['privacy', 'retention', ...argv], options);

async function json(argv: readonly string[] = [], options: RunOptions = {}) {
  const { code, stdout, stderr } = await run([...argv, '--format', 'json'], options);
  expect(stderr).toBe('');
  const document = DocumentSchema.parse(JSON.parse(stdout));
  const period = (table: string) => document.periods.find((each) => each.table === table);
  return { code, ...document, period };
}

async function texts(): Promise<Record<string, string>> {
  const { rows } = await database.query<{ id: string; message: string }>(
    'SELECT id, message FROM sms_logs ORDER BY id',
  );
  return Object.fromEntries(rows.map(({ id, message }) => [id, message]));
}

/** All but the texts of messages. */
async function rest(): Promise<string> {
  const { rows } = await database.query<{ all: string }>(
    `SELECT (SELECT string_agg(o::text, ';' ORDER BY o.id) FROM orders o) || (SELECT string_agg(c::text, ';' ORDER BY c.id) FROM customers c)
       || (SELECT string_agg((to_jsonb(s) - 'message')::text, ';' ORDER BY s.id) FROM sms_logs s) AS all`,
  );
  return rows[0]?.all ?? '';
}

const KEPT = { m1: `${SECRET} 1`, m364: `${SECRET} 364` };

describe('a dry run', () => {
  it('counts what is older than its period, and changes nothing', async () => {
    await installOps(database);
    const before = [await texts(), await rest()];
    const { code, mode, period } = await json();
    expect({ code, mode }).toEqual({ code: 1, mode: 'dry-run' });
    const { rows } = await database.query<{ due: number; oldest: string }>(
      `SELECT count(*)::int AS due, to_char(min("createdAt"), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS oldest FROM sms_logs WHERE "createdAt" < now() AT TIME ZONE 'UTC' - interval '365 days'`,
    );
    expect(period('sms_logs')).toMatchObject({ ...rows[0], days: 365, done: null });
    expect(period('ops.webhook_payloads')).toMatchObject({ due: 0, days: 30 });
    expect([await texts(), await rest()]).toEqual(before);
    expect((await run()).stdout).toContain('Nothing was changed. Add --apply to do it.');
  });

  it('works without ops, and says what is unknown', async () => {
    const { code, period } = await json();
    expect({ code, due: period('sms_logs')?.due, ledger: period('ops.change_log')?.due }).toEqual({
      code: 1,
      due: 3,
      ledger: null,
    });
    expect((await run()).stdout).toMatch(/ops is unknown/);
  });

  it('goes by the configuration, and is 0 where nothing is too old', async () => {
    await installOps(database);
    const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify({ retention: { messageDays: 10_000 } }) });
    expect(await json([], { cwd })).toMatchObject({ code: 0, exitCode: 0 });
  });
});

describe('--apply', () => {
  beforeEach(() => installOps(database));

  it('blanks the texts that are too old, and nothing else; nothing in the database has them afterwards', async () => {
    const before = await rest();
    const { code, period, run: made } = await json(['--apply']);
    expect({ code, done: period('sms_logs')?.done }).toEqual({ code: 0, done: 3 });
    expect(await texts()).toEqual({ ...KEPT, m366: '', m800: '', m3000: '' });
    expect(await rest()).toBe(before);
    const { rows } = await database.query<{ row_id: string; before: unknown; after: unknown; reason: string }>(
      `SELECT row_id, before, after, reason FROM ops.change_log WHERE run_id = $1 ORDER BY row_id`,
      [made.id],
    );
    expect(rows).toEqual(
      ['m3000', 'm366', 'm800'].map((id) => ({
        row_id: id,
        before: {},
        after: { message: '' },
        reason: 'older than 365 days',
      })),
    );
    expect(await json(['--apply'])).toMatchObject({ code: 0, exitCode: 0 });
    expect((await json()).code).toBe(0);
  });

  it('cannot be undone, which undo says', async () => {
    const { run: made } = await json(['--apply']);
    const { code, stdout } = await smsfoodHere(['undo', made.id, '--apply', '--format', 'json']);
    const { left, restored } = JSON.parse(stdout);
    expect({ code, restored }).toEqual({ code: 1, restored: 0 });
    expect(left).toEqual(['m3000', 'm366', 'm800'].map((row) => ({ table: 'sms_logs', row, reason: 'not kept' })));
    expect(await texts()).toEqual({ ...KEPT, m366: '', m800: '', m3000: '' });
    expect((await smsfoodHere(['runs', 'show', made.id])).stdout).toContain('privacy retention');
  });

  it('takes personal values out of old entries of the ledger, and leaves the rest of them', async () => {
    await database.query(`
      INSERT INTO ops.runs (id, command, arguments, version, host, started_at, status) VALUES (gen_random_uuid(), 'phones release', '{}', '1', 'h', now(), 'done');
      INSERT INTO ops.change_log (run_id, table_name, row_id, before, after, reason, at)
      SELECT r.id, 'business_customers', days::text, '{"assignedPhoneNumber": "+14045550134", "isActive": true}', '{"assignedPhoneNumber": null, "isActive": false}', 'x',
        now() - make_interval(days => days) FROM ops.runs r, unnest(ARRAY[364, 366]) AS days`);
    expect((await json()).period('ops.change_log')?.due).toBe(1);
    expect((await json(['--apply'])).period('ops.change_log')?.done).toBe(1);
    const { rows } = await database.query(
      `SELECT row_id, before, after FROM ops.change_log WHERE table_name = 'business_customers' ORDER BY row_id`,
    );
    expect(rows).toEqual([
      {
        row_id: '364',
        before: { assignedPhoneNumber: '+14045550134', isActive: true },
        after: { assignedPhoneNumber: null, isActive: false },
      },
      { row_id: '366', before: { isActive: true }, after: { isActive: false } },
    ]);
  });

  it('prunes webhooks by the rules of webhooks prune, as a run of its own', async () => {
    await database.query(`
      INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, verified_by, content_hash)
      SELECT 'stripe', 'evt_' || days, 'x', now(), now() - make_interval(days => days), 'processed', 'secret 1', '' FROM unnest(ARRAY[1, 32, 40]) AS days;
      INSERT INTO ops.webhook_payloads (event_id, body, received_at) SELECT id, '{}', received_at FROM ops.webhook_inbox`);
    const planned = await json();
    expect([planned.period('ops.webhook_payloads')?.due, planned.period('ops.webhook_inbox')?.due]).toEqual([2, 1]);
    const { period } = await json(['--apply']);
    expect([period('ops.webhook_payloads')?.done, period('ops.webhook_inbox')?.done]).toEqual([2, 1]);
    const { rows } = await database.query<{ command: string }>('SELECT command FROM ops.runs ORDER BY command');
    expect(rows.map(({ command }) => command)).toEqual(['privacy retention', 'webhooks prune']);
  });

  it('leaves a message that somebody holds to the next run, exit 1', async () => {
    const other = await database.connect();
    await other.query(`BEGIN; UPDATE sms_logs SET status = 'FAILED' WHERE id = 'm800'`);
    expect(await json(['--apply'])).toMatchObject({ code: 1, busy: 1 });
    expect(await texts()).toMatchObject({ m366: '', m800: `${SECRET} 800`, m3000: '' });
    await other.query('COMMIT');
    expect(await json(['--apply'])).toMatchObject({ code: 0, busy: 0 });
    expect((await texts()).m800).toBe('');
  });

  it('refuses to change more than looks right', async () => {
    const refused = await run(['--apply', '--max-changes', '2']);
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('TOO_MANY_CHANGES') });
    expect((await texts()).m366).toContain(SECRET);
    expect((await json(['--max-changes', '2'])).tooMany).toBe(2);
    expect((await json(['--apply', '--max-changes', '2', '--force'])).code).toBe(0);
  });

  it('goes on where it was interrupted', async () => {
    await database.query(`
      SELECT make('sms_logs', jsonb_build_object('id', 'n' || lpad(n::text, 5, '0'), 'customerId', 'ada', 'message', '${SECRET}', 'createdAt', '2020-01-01T00:00:00'))
      FROM generate_series(1, 4500) AS n;
      CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END';
      CREATE TRIGGER slowly AFTER UPDATE ON sms_logs FOR EACH STATEMENT EXECUTE FUNCTION slowly()`);
    const blanked = async () =>
      (await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM sms_logs WHERE message = ''`)).rows[0]?.n ??
      0;
    const stop = new AbortController();
    const interrupted = run(['--apply', '--force'], { signal: stop.signal });
    await vi.waitFor(async () => expect(await blanked()).toBeGreaterThan(0), { timeout: 20_000, interval: 20 });
    stop.abort(new SmsfoodError('INTERRUPTED', 'Interrupted.'));
    expect(await interrupted).toMatchObject({ code: 130, stdout: '' });
    const first = await blanked();
    expect(first).toBeLessThan(4503);
    const { rows } = await database.query<{ status: string; logged: number }>(
      `SELECT r.status, (SELECT count(*)::int FROM ops.change_log l WHERE l.run_id = r.id) AS logged FROM ops.runs r`,
    );
    expect(rows).toEqual([{ status: 'interrupted', logged: first }]);
    expect((await json(['--apply', '--force'])).period('sms_logs')?.done).toBe(4503 - first);
    expect(await blanked()).toBe(4503);
  });
});

it('cannot be applied without ops, or by a role that may only read', async () => {
  expect(await run(['--apply'])).toMatchObject({ code: 3, stderr: expect.stringContaining('OPS_NOT_INSTALLED') });
  await installOps(database);
  await database.query(`DROP ROLE IF EXISTS retention_reader; CREATE ROLE retention_reader LOGIN PASSWORD 'secret'`);
  await database.query(
    `GRANT USAGE ON SCHEMA ops TO retention_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public, ops TO retention_reader`,
  );
  try {
    const env = { DATABASE_URL: database.urlFor('retention_reader', 'secret') };
    expect(await run(['--apply'], { env })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('DB_PERMISSION'),
    });
    expect(await json([], { env })).toMatchObject({ code: 1, mode: 'dry-run' });
  } finally {
    await database.query('DROP OWNED BY retention_reader; DROP ROLE retention_reader');
  }
  expect((await texts()).m366).toContain(SECRET);
});

it.each<[string, object, string]>([
  ['a period of nothing', { messageDays: 0 }, 'retention.messageDays'],
  ['keys that go too soon', { eventDays: 10 }, 'retention.eventDays'],
  ['payloads that outlive their events', { payloadDays: 90 }, 'payloadDays is more than eventDays'],
  ['a name that there is not', { smsDays: 3 }, 'retention.smsDays'],
])('refuses %s', async (_name, retention, problem) => {
  const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify({ retention }) });
  const { code, stdout, stderr } = await run([], { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(problem);
});
