import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SmsfoodError } from '../../src/errors.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { type RunOptions, smsfood } from '../harness/run.js';
import { type WorkWorld, workWorld } from './work-world.js';

const ListSchema = z.looseObject({
  schema: z.literal('smsfood.webhook-events/1'),
  asOf: z.string(),
  matched: z.number(),
  cut: z.boolean(),
  events: z.array(z.looseObject({ id: z.number(), status: z.string() })),
});

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
  // 600 events of every source, status and age, the newest first by id: event 1 is a minute old, event 600 ten hours.
  await world.query(
    `INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, subject, occurred_at, received_at, status, attempts, next_attempt_at,
       lease_token, lease_until, dead_reason, task, conflict_count, verified_by, content_hash)
     SELECT (ARRAY['stripe', 'twilio', 'eztexting'])[1 + n % 3], 'key_' || n,
       (ARRAY['payment_intent.succeeded', 'payment_intent.payment_failed', 'charge.refunded', 'paymentXintent.succeeded'])[1 + n % 4],
       'order' || n % 20, now() - n * interval '1 minute', now() - n * interval '1 minute', status, n % 5,
       now() - interval '1 minute' + CASE WHEN n % 2 = 0 THEN interval '1 hour' ELSE '0' END,
       CASE status WHEN 'processing' THEN gen_random_uuid() END, CASE status WHEN 'processing' THEN now() END,
       CASE status WHEN 'dead' THEN 'orphan' END, CASE WHEN n % 40 = 0 THEN 'refund needed' END, CASE WHEN n = 4 THEN 2 ELSE 0 END, 'secret 1', ''
     FROM generate_series(1, 600) n,
       LATERAL (SELECT (ARRAY['pending', 'processing', 'processed', 'ignored', 'waiting', 'dead'])[1 + n % 6] AS status) s`,
  );
});
afterAll(() => world.drop());

const run = (args: readonly string[], options: RunOptions = {}, database: TestDatabase = world) =>
  smsfood(['webhooks', 'list', ...args], { env: { DATABASE_URL: database.url }, ...options });

async function list(...args: string[]) {
  const { code, stdout, stderr } = await run([...args, '--format', 'json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return ListSchema.parse(JSON.parse(stdout));
}

describe('webhooks list', () => {
  it.each([
    [[], 'true'],
    [['--source', 'twilio'], `source = 'twilio'`],
    [['--status', 'dead'], `dead_reason IS NOT NULL`],
    [['--status', 'waiting, dead'], `status = ANY ('{waiting,dead}')`],
    [['--type', 'charge.refunded'], `event_type = 'charge.refunded'`],
    // The underscore means itself.
    [['--type', 'payment_intent.*'], `starts_with(event_type, 'payment_intent.')`],
    [['--type', 'payment_intent'], 'false'],
    [['--type', '%'], 'false'],
    [['--subject', 'order7'], `subject = 'order7'`],
    [['--older-than', '90.5m'], `received_at < now() - interval '90.5 minutes'`],
    [['--needs-refund'], `task IS NOT NULL`],
    [
      ['--needs-refund', '--source', 'stripe', '--older-than', '2h'],
      `task IS NOT NULL AND source = 'stripe' AND received_at < now() - interval '2 hours'`,
    ],
  ])('%j means what SQL says it does', async (args, where) => {
    const expected = await world.rows(
      `SELECT id::int FROM ops.webhook_inbox WHERE ${where} ORDER BY received_at DESC, id DESC`,
    );
    const { matched, events, cut } = await list(...args, '--limit', '1000');
    expect(events.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect({ matched, cut }).toEqual({ matched: expected.length, cut: false });
  });

  it('takes times as a half-open window', async () => {
    const { from, to } = await world.row(
      `SELECT to_char((SELECT received_at FROM ops.webhook_inbox WHERE id = 20) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS from,
         to_char((SELECT received_at FROM ops.webhook_inbox WHERE id = 10) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS to`,
    );
    const { events } = await list('--since', from, '--until', to);
    expect(events.map(({ id }) => id)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  it('shows the newest, and says what it cuts', async () => {
    const { matched, cut, events } = await list('--limit', '3');
    expect({ matched, cut, ids: events.map(({ id }) => id) }).toEqual({ matched: 600, cut: true, ids: [1, 2, 3] });
    const table = await run(['--limit', '3']);
    expect(table.stdout).toMatch(/The newest 3 of 600 events: --limit N shows more\.\n$/);
    expect((await run(['--status', 'dead', '--limit', '1000'])).stdout).toMatch(/\n100 events\.\n$/);
    expect((await run(['--subject', 'nobody'])).stdout).toBe('No event of the inbox matches.\n');
  });

  it('says where each event stands, one line an event at 80 columns', async () => {
    const { stdout } = await run(['--limit', '12'], {
      terminal: true,
      columns: 80,
      env: { DATABASE_URL: world.url, NO_COLOR: '1' },
    });
    const lines = stdout.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.find((line) => line.startsWith('  5 '))).toMatch(
      /5 min +payment_intent\.payment_failed +order5 +dead: orphan$/,
    );
    expect(stdout).toMatch(/ 4 +4 min .*waiting, 2 conflicts/);
  });

  it('comes in every format', async () => {
    const csv = await run(['--limit', '2', '--format', 'csv']);
    expect(csv.stdout.split('\r\n')).toHaveLength(4);
    expect(csv.stdout).toMatch(/^id,receivedAt,source,type,subject,status,/);
    expect((await run(['--limit', '2', '--format', 'markdown'])).stdout).toMatch(/^# smsfood webhooks list\n/);
    expect((await run(['--format', 'junit'])).code).toBe(2);
  });

  it.each([
    [['--status', 'lost'], /--status: must be of pending, processing,/],
    [['--source', 'paypal'], /--source: must be one of stripe, twilio, eztexting/],
    [['--older-than', 'long'], /--older-than: "long" is no duration/],
    [['--since', 'yesterday'], /--since: "yesterday" is no time with a zone/],
    [['--limit', '0'], /--limit:/],
    [['--limit', '10001'], /--limit:/],
    [['extra'], /too many arguments/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('waits for a lock no longer than it may, and stops at once when it is interrupted', async () => {
    const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify({ database: { lockTimeout: '500ms' } }) });
    const other = await world.connect();
    await other.query('BEGIN');
    await other.query('LOCK TABLE ops.webhook_inbox IN ACCESS EXCLUSIVE MODE');
    expect(await run([], { cwd })).toMatchObject({ code: 3, stderr: expect.stringContaining('[DB_TIMEOUT]') });
    const stop = new AbortController();
    const running = run([], { signal: stop.signal });
    const waiting = () =>
      world.query(
        `SELECT FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'smsfood/%' AND wait_event_type = 'Lock'`,
        [world.name],
      );
    await expect.poll(async () => (await waiting()).rowCount, { timeout: 30_000 }).toBe(1);
    stop.abort(new SmsfoodError('INTERRUPTED', 'Interrupted.'));
    expect((await running).code).toBe(130);
    await expect.poll(async () => (await waiting()).rowCount, { timeout: 30_000 }).toBe(0);
    await other.query('ROLLBACK');
  });

  it('needs the schema ops, and no more than to read it', async () => {
    await world.query(
      `DO $$ BEGIN CREATE ROLE webhooks_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA ops TO webhooks_reader; GRANT SELECT ON ALL TABLES IN SCHEMA ops TO webhooks_reader`,
    );
    const reader = { DATABASE_URL: world.urlFor('webhooks_reader', 'secret') };
    expect((await run(['--limit', '1'], { env: reader })).code).toBe(0);
    await world.query('DROP OWNED BY webhooks_reader');
    const bare = await cloneDatabase();
    const { code, stdout, stderr } = await run([], {}, bare);
    await bare.drop();
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/\[OPS_NOT_INSTALLED\]\n.*smsfood db install/);
  });
});
