import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SmsfoodError } from '../../src/errors.js';
import { startProgram } from '../harness/process.js';
import { type Outcome, smsfood } from '../harness/run.js';
import { failed, refunded, stripeEvent, succeeded, text, type WorkWorld, workWorld } from './work-world.js';

/** This machine may have much else to do. */
const PATIENT = { timeout: 30_000 };

const ReplaySchema = z.looseObject({
  schema: z.literal('smsfood.webhook-replay/1'),
  mode: z.enum(['dry-run', 'apply']),
  replay: z.string().nullable(),
  status: z.string().nullable(),
  matched: z.number(),
  selected: z.number(),
  cut: z.boolean(),
  skipped: z.record(z.string(), z.number()),
  counts: z.record(z.string(), z.number()),
  left: z.number(),
  events: z.array(
    z.looseObject({
      id: z.number().nullable(),
      result: z.string().nullable(),
      effect: z.string().nullable(),
      text: z.string(),
    }),
  ),
  unfinished: z.array(z.looseObject({ id: z.string(), open: z.number() })),
  exitCode: z.number(),
});

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.clear());

const FAST = ['--rate', '2000'];
const run = (args: readonly string[], signal?: AbortSignal) =>
  smsfood(['webhooks', 'replay', ...args], {
    env: { DATABASE_URL: world.url },
    ...(signal === undefined ? {} : { signal }),
  });

function documentOf({ code, stdout, stderr }: Outcome) {
  if (stdout === '') throw new Error(stderr);
  const document = ReplaySchema.parse(JSON.parse(stdout));
  expect(document.exitCode).toBe(code);
  return document;
}
const replay = async (...args: string[]) => documentOf(await run([...args, ...FAST, '--format', 'json']));
const apply = (...args: string[]) => replay(...args, '--apply');

const kill = (...ids: (number | undefined)[]) =>
  world.query(
    `UPDATE ops.webhook_inbox SET status = 'dead', dead_reason = 'attempts', attempts = 12 WHERE id = ANY ($1::bigint[])`,
    [ids],
  );
const status = async () => (await world.inbox()).map(({ key, status: each }) => `${key} ${each}`);
const orders = (...ids: string[]) =>
  Promise.all(ids.map((id) => world.add('orders', { id, status: 'PENDING', paymentId: null, platformFee: null })));
/** Everything that a dry run must leave as it is. */
const contents = async () =>
  (
    await world.row(
      `SELECT concat_ws('|', (SELECT string_agg(o::text, ';' ORDER BY id) FROM orders o), (SELECT string_agg(c::text, ';' ORDER BY id) FROM customers c),
         (SELECT string_agg(i::text, ';' ORDER BY id) FROM ops.webhook_inbox i), (SELECT count(*) FROM ops.change_log), (SELECT count(*) FROM ops.runs),
         (SELECT count(*) FROM ops.webhook_attempts), (SELECT count(*) FROM ops.webhook_replays), (SELECT count(*) FROM ops.webhook_payloads)) AS all`,
    )
  ).all;

describe('webhooks replay', () => {
  it('predicts the effect of each event and changes nothing', async () => {
    await orders('o1', 'o2');
    const [paid, other, gone] = await world.deliver(succeeded('o1'), failed('o2', { id: 'pi_2' }), {
      ...succeeded('nobody'),
      receivedAt: '2026-01-01T00:00:00Z',
    });
    await kill(paid, other, gone);
    const before = await contents();
    const document = await replay('--status', 'dead');
    expect(document).toMatchObject({
      mode: 'dry-run',
      replay: null,
      matched: 3,
      selected: 3,
      counts: { change: 1, 'no-op': 1, error: 1 },
      exitCode: 1,
    });
    expect(Object.fromEntries(document.events.map(({ id, effect }) => [id, effect]))).toEqual({
      [String(paid)]: 'change',
      [String(other)]: 'no-op',
      [String(gone)]: 'error',
    });
    expect(document.events.find(({ id }) => id === paid)).toMatchObject({
      result: 'processed',
      changes: [{ table: 'orders', row: 'o1', after: { status: 'PAID' } }, { table: 'customers' }],
    });
    const table = await run(['--status', 'dead', ...FAST]);
    expect(table.stdout).toMatch(
      /^3 events would be replayed, of 2026-09-21T14:13:20\.000Z\. Nothing was changed: add --apply\./,
    );
    expect(table.stdout).toMatch(/1 would change rows, 1 would fail, 1 would change nothing\./);
    expect(await contents()).toBe(before);
  });

  it('does it with --apply, once, and keeps a record of who, why and what', async () => {
    await orders('o1');
    const [id] = await world.deliver(succeeded('o1'));
    await kill(id);
    const first = await apply('--status', 'dead', '--type', 'payment_intent.*', '--reason', 'the outage of Tuesday');
    expect(first).toMatchObject({ mode: 'apply', status: 'done', counts: { processed: 1 }, exitCode: 0 });
    expect(await world.row(`SELECT status::text, "paymentId" AS payment, "platformFee" AS fee FROM orders`)).toEqual({
      status: 'PAID',
      payment: 'pi_1',
      fee: 50,
    });
    expect(
      await world.row(
        `SELECT r.reason, r.status, r.selected, r.filter ->> 'status' AS filter, e.result, e.position, u.command, u.status AS run, u.arguments ->> 'user' AS who
         FROM ops.webhook_replays r JOIN ops.webhook_replay_events e ON e.replay_id = r.id JOIN ops.runs u ON u.id = r.id WHERE r.id = $1`,
        [first.replay],
      ),
    ).toEqual({
      reason: 'the outage of Tuesday',
      status: 'done',
      selected: 1,
      filter: 'dead',
      result: 'processed',
      position: 1,
      command: 'webhooks replay',
      run: 'done',
      who: expect.stringMatching(/./),
    });
    expect(
      await world.rows(
        'SELECT run_id::text AS run, event_id::int AS event, table_name AS "table" FROM ops.change_log ORDER BY id',
      ),
    ).toEqual(['orders', 'customers'].map((table) => ({ run: first.replay, event: id, table })));

    const before = await contents();
    expect(await run(['--status', 'dead', '--apply'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[NOTHING_SELECTED]'),
    });
    expect(await apply(String(id))).toMatchObject({ selected: 0, skipped: { 'processed already': 1 }, exitCode: 0 });
    // Twice is the same as once, by force too.
    expect(await apply(String(id), '--force')).toMatchObject({ counts: { processed: 1 }, exitCode: 0 });
    expect(before).not.toBe('');
    expect(await world.row('SELECT count(*)::int AS n FROM ops.change_log')).toEqual({ n: 2 });
  });

  it('replays the events of a subject in the order in which they happened', async () => {
    await orders('o1');
    const at = (seconds: number, object: Record<string, unknown>) =>
      stripeEvent('account.updated', { id: 'acct_1', object: 'account', ...object }, 1_790_000_000 + seconds);
    await world.add('business_customers', { id: 'b1', stripeConnectAccountId: 'acct_1' });
    const flags = (charges: boolean) => ({ charges_enabled: charges, payouts_enabled: true, details_submitted: true });
    // Received in another order than that of their occurrence, and two in the same second.
    const ids = await world.deliver(
      at(30, flags(true)),
      at(10, flags(false)),
      at(20, flags(true)),
      at(20, flags(false)),
    );
    await kill(...ids);
    const { replay: id } = await apply('--status', 'dead');
    const order = await world.rows('SELECT event_id::int AS event FROM ops.webhook_attempts ORDER BY id');
    const expected = [ids[1], ids[2], ids[3], ids[0]];
    expect(order.map(({ event }) => event)).toEqual(expected);
    const places = await world.rows(
      'SELECT event_id::int AS id FROM ops.webhook_replay_events WHERE replay_id = $1 ORDER BY position',
      [id],
    );
    expect(places.map((row) => row.id)).toEqual(expected);
  });

  it('stops at --max-failures, and goes on with --resume', async () => {
    const ids = await world.deliver(
      ...Array.from({ length: 12 }, (_, n) => stripeEvent('charge.refunded', { id: n, metadata: {} })),
    );
    await kill(...ids);
    const stopped = await apply('--status', 'dead', '--max-failures', '4');
    expect(stopped).toMatchObject({ status: 'stopped', selected: 12, exitCode: 1 });
    expect(stopped.events.length).toBeGreaterThanOrEqual(4);
    expect(stopped.events.length).toBeLessThanOrEqual(8); // what was under way by then is finished
    expect(stopped.left).toBe(12 - stopped.events.length);
    const start = String(stopped.replay).slice(0, 8);
    expect((await run(['--resume', start])).stdout).toContain(`${stopped.left} events would be replayed`);

    await orders('o1');
    const [other] = await world.deliver(succeeded('o1'));
    expect((await apply(String(other))).unfinished).toMatchObject([{ id: stopped.replay, open: stopped.left }]);

    const resumed = await apply('--resume', start, '--max-failures', '100');
    expect(resumed).toMatchObject({ replay: stopped.replay, status: 'done', left: 0, counts: { dead: stopped.left } });
    const attempts = await world.row(
      `SELECT count(*)::int AS n, count(DISTINCT event_id)::int AS events FROM ops.webhook_attempts WHERE event_id <> $1`,
      [other],
    );
    expect(attempts).toEqual({ n: 12, events: 12 });
    for (const args of [
      ['--resume', start, '--apply'],
      ['--resume', start],
    ])
      expect(await run(args)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/has come to its end: .*\[NOTHING_SELECTED\]/),
      });
    expect((await run(['--resume', 'ffff', '--apply'])).stderr).toContain('No replay is called "ffff". [NOT_FOUND]');
  });

  it('says how many were not tried, and how to go on', async () => {
    const unreadable = (id: number) => stripeEvent('charge.refunded', { id, payment_intent: 'pi_1', metadata: {} });
    await kill(...(await world.deliver(unreadable(1), unreadable(2))));
    const { code, stdout } = await run(['--status', 'dead', '--max-failures', '1', '--apply']);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /\nNot tried: 1 event\. Go on with `smsfood webhooks replay --resume [0-9a-f]{8} --apply`\.\n/,
    );
  });

  it('reports what the limit leaves out, and takes the oldest', async () => {
    const at = (seconds: number) => stripeEvent('product.created', {}, 1_790_000_000 + seconds);
    const ids = await world.deliver(at(5), at(1), at(4), at(2), at(3));
    await kill(...ids);
    const cut = await replay('--status', 'dead', '--limit', '2');
    expect(cut).toMatchObject({ matched: 5, selected: 2, cut: true });
    expect(cut.events.map(({ id }) => id)).toEqual([ids[1], ids[3]]);
    expect((await run(['--status', 'dead', '--limit', '2'])).stdout).toMatch(
      /The limit cuts the selection: 5 events matched,\s+and\s+the\s+oldest\s+2 are taken/,
    );
  });

  it('leaves alone what is processed, in hand, or waits for its time, unless it is meant', async () => {
    const ids = await world.deliver(...Array.from({ length: 5 }, () => stripeEvent('product.created', {})));
    const states = ['processed', 'ignored', 'waiting', 'pending', 'processing'];
    await world.query(
      `UPDATE ops.webhook_inbox i SET status = s, next_attempt_at = now() + interval '1 hour',
         lease_token = CASE s WHEN 'processing' THEN gen_random_uuid() END, lease_until = CASE s WHEN 'processing' THEN now() + interval '1 minute' END
       FROM unnest($1::bigint[], $2::text[]) AS g (id, s) WHERE g.id = i.id`,
      [ids, states],
    );
    expect(await apply(...ids.map(String))).toMatchObject({
      selected: 3,
      skipped: { 'processed already': 1, 'being processed': 1 },
    });
    expect((await world.inbox()).map((row) => row.status)).toEqual([
      'processed',
      'ignored',
      'ignored',
      'ignored',
      'processing',
    ]);
    expect(await run(['--type', 'product.created'])).toMatchObject({ code: 2 }); // dead ones are meant
    expect(await apply('--status', 'processed,ignored', '--force')).toMatchObject({ matched: 4, selected: 4 });
  });

  it('cooks an order that was too old for a worker, and sends its SMS to nobody', async () => {
    await world.add('business_customers', { id: 'b1', assignedPhoneNumber: '+14705550199' });
    await world.add('menus', { id: 'm1', date: '2026-01-01', businessId: 'b1' });
    await world.add('menu_items', { id: 'i1', menuId: 'm1', name: 'Rice', price: 700 });
    const [id] = await world.deliver({ ...text('1'), receivedAt: '2026-01-01T15:00:00Z' });
    await world.work();
    expect(await world.inbox()).toMatchObject([{ status: 'dead', dead: 'stale' }]);
    expect(await apply(String(id))).toMatchObject({ counts: { processed: 1 } });
    expect(await apply(String(id), '--force')).toMatchObject({ exitCode: 0 });
    expect(await world.rows('SELECT "totalAmount" AS cents FROM orders')).toEqual([{ cents: 700 }]);
    expect(await world.rows('SELECT handed_out_at FROM ops.webhook_replies')).toEqual([{ handed_out_at: null }]);
  });

  it('two at once: the second is refused', async () => {
    const ids = await world.deliver(...Array.from({ length: 30 }, () => stripeEvent('product.created', {})));
    await kill(...ids);
    const first = run(['--status', 'dead', '--apply', '--rate', '10', '--format', 'json']);
    await expect
      .poll(async () => (await world.rows('SELECT 1 FROM ops.webhook_attempts')).length, PATIENT)
      .toBeGreaterThan(0);
    const second = await run(['--status', 'dead', '--apply']);
    expect({ ...second, stderr: '' }).toEqual({ code: 3, stdout: '', stderr: '' });
    expect(second.stderr).toMatch(/Another `smsfood webhooks replay` is at work on this database\. \[LOCKED\]/);
    expect(documentOf(await first)).toMatchObject({ counts: { ignored: 30 }, exitCode: 0 });
    expect(await world.row('SELECT count(*)::int AS n FROM ops.webhook_attempts')).toEqual({ n: 30 });
  });

  it('shares the inbox with workers: each event is worked on once', async () => {
    const ids = await world.deliver(...Array.from({ length: 60 }, () => stripeEvent('product.created', {})));
    const running = replay('--status', 'pending,waiting', '--apply', '--rate', '100');
    await expect
      .poll(() => world.rows(`SELECT 1 FROM ops.webhook_replays WHERE status = 'running'`), PATIENT)
      .toHaveLength(1);
    await world.work({ workers: 4 });
    const replayed = await running;
    const skipped = replayed.counts.skipped ?? 0;
    expect(replayed).toMatchObject({ status: 'done', exitCode: 0 });
    expect(replayed.selected).toBe((replayed.counts.ignored ?? 0) + skipped);
    expect(
      await world.row(
        'SELECT count(*)::int AS n, count(DISTINCT event_id)::int AS events FROM ops.webhook_attempts WHERE event_id = ANY ($1)',
        [ids],
      ),
    ).toEqual({ n: 60, events: 60 });
  });

  it('is cancelled by Ctrl-C with nothing half done, and can be resumed', async () => {
    await orders('o1');
    const ids = await world.deliver(
      ...Array.from({ length: 40 }, () => stripeEvent('product.created', {})),
      succeeded('o1'),
    );
    await kill(...ids);
    const stop = new AbortController();
    const running = run(['--status', 'dead', '--apply', '--rate', '20'], stop.signal);
    await expect
      .poll(async () => (await world.rows('SELECT 1 FROM ops.webhook_attempts')).length, PATIENT)
      .toBeGreaterThan(2);
    stop.abort(new SmsfoodError('INTERRUPTED', 'Interrupted.'));
    expect((await running).code).toBe(130);
    const record = await world.row(
      `SELECT r.id::text AS id, r.status, u.status AS run FROM ops.webhook_replays r JOIN ops.runs u ON u.id = r.id`,
    );
    expect(record).toMatchObject({ status: 'cancelled', run: 'interrupted' });
    expect(await world.rows(`SELECT 1 FROM ops.webhook_inbox WHERE status = 'processing'`)).toEqual([]);
    const resumed = await apply('--resume', record.id);
    expect(resumed).toMatchObject({ status: 'done', exitCode: 0 });
    expect(
      await world.row('SELECT count(*)::int AS n, count(DISTINCT event_id)::int AS events FROM ops.webhook_attempts'),
    ).toEqual({ n: 41, events: 41 });
    expect((await status()).filter((each) => !/ (?:ignored|processed)$/.test(each))).toEqual([]);
  });

  it('that loses the database ends with what it did, and can be resumed', async () => {
    const ids = await world.deliver(...Array.from({ length: 40 }, () => stripeEvent('product.created', {})));
    await kill(...ids);
    const running = run(['--status', 'dead', '--apply', '--rate', '20']);
    await expect
      .poll(async () => (await world.rows('SELECT 1 FROM ops.webhook_attempts')).length, PATIENT)
      .toBeGreaterThan(2);
    await world.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'smsfood/webhooks replay/%'`,
      [world.name],
    );
    expect(await running).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[DB_LOST]') });
    const { id } = await world.row(`SELECT id::text AS id FROM ops.webhook_replays WHERE status = 'running'`);
    expect(await apply('--resume', id)).toMatchObject({ status: 'done', left: 0, exitCode: 0 });
    expect(
      await world.row('SELECT count(*)::int AS n, count(DISTINCT event_id)::int AS events FROM ops.webhook_attempts'),
    ).toEqual({ n: 40, events: 40 });
    expect(await world.rows('SELECT DISTINCT status FROM ops.webhook_inbox')).toEqual([{ status: 'ignored' }]);
  });

  it('killed half way of 400 events, resumes with nothing skipped and nothing done twice', async () => {
    // A hundred orders, whose payments fail, succeed, and of every fifth are refunded; all four events of each in one subject.
    await world.query(`SELECT make('customers', jsonb_build_object('id', 'c' || n)) FROM generate_series(0, 6) n`);
    await world.query(
      `SELECT make('orders', jsonb_build_object('id', 'o' || n, 'status', 'PENDING', 'paymentId', null, 'platformFee', null, 'customerId', 'c' || n % 7)) FROM generate_series(1, 100) n`,
    );
    const story = (n: number) => {
      const [id, order] = [`pi_${n}`, `o${n}`];
      const unknown = stripeEvent('invoice.paid', { metadata: { orderId: order } });
      return n % 5 === 0
        ? [failed(order, { id }), succeeded(order, { id }), refunded(order, { id }), unknown]
        : [failed(order, { id }), unknown, succeeded(order, { id }), unknown];
    };
    const all = Array.from({ length: 100 }, (_, n) => story(n + 1)).flat();
    const ids = await world.deliver(...all.map((event, n) => ({ ...event, dedupeKey: `evt_${n}` })));
    await kill(...ids);

    const child = startProgram(['webhooks', 'replay', '--status', 'dead', '--apply', '--rate', '400'], {
      env: { DATABASE_URL: world.url },
    });
    const done = async () => Number((await world.row('SELECT count(*)::int AS n FROM ops.webhook_attempts')).n);
    await expect.poll(done, PATIENT).toBeGreaterThan(120);
    child.child.kill('SIGKILL');
    expect((await child.ended).signal).toBe('SIGKILL');
    const atKill = await done();
    expect(atKill).toBeLessThan(400);

    const { id } = await world.row(`SELECT id::text AS id FROM ops.webhook_replays WHERE status = 'running'`);
    await expect
      .poll(
        async () => (await smsfood(['runs', 'list', '--format', 'json'], { env: { DATABASE_URL: world.url } })).stdout,
        PATIENT,
      )
      .toMatch(/"status": "killed"/);
    const resumed = await apply('--resume', id);
    expect(resumed).toMatchObject({ replay: id, status: 'done', left: 0, exitCode: 0 });
    expect(resumed.events.map(({ result }) => result)).not.toContain('skipped');

    // Each event ended once, each row changed once, and everything is as if nobody had been killed.
    expect(
      await world.row('SELECT count(*)::int AS n, count(DISTINCT event_id)::int AS events FROM ops.webhook_attempts'),
    ).toEqual({ n: 400, events: 400 });
    expect(await world.row(`SELECT count(*)::int AS n FROM ops.webhook_replay_events WHERE result IS NULL`)).toEqual({
      n: 0,
    });
    expect(await world.rows(`SELECT status::text, count(*)::int AS n FROM orders GROUP BY 1 ORDER BY 1`)).toEqual([
      { status: 'CANCELLED', n: 20 },
      { status: 'PAID', n: 80 },
    ]);
    expect(await world.row(`SELECT count(*)::int AS n FROM ops.change_log WHERE table_name = 'orders'`)).toEqual({
      n: 120,
    });
    expect(
      await world.rows(
        `SELECT c.id FROM customers c LEFT JOIN orders o ON o."customerId" = c.id AND o.status = 'PAID' WHERE c.id ~ '^c\\d$'
         GROUP BY c.id HAVING c."totalOrders" <> count(o.id) OR c."totalSpent" <> coalesce(sum(o."totalAmount"), 0)`,
      ),
    ).toEqual([]);
  });

  it.each([
    [[], /Which events are to be replayed\?/],
    [['1', '--status', 'dead'], /events by name and a filter cannot be used together/],
    [['--resume', 'a', '--force'], /--resume keeps the --force/],
    [['--resume', 'a', '--from-stripe'], /--from-stripe and --resume cannot be used together/],
    [['--status', 'processed'], /add --force/],
    [['--status', 'processing'], /what is being processed cannot be replayed/],
    [['--from-file', 'x', '--status', 'dead'], /--status is about the inbox/],
    [['--status', 'dead', '--skip-bad'], /--skip-bad is for --from-file/],
    [['--status', 'dead', '--all'], /--all is for --from-stripe/],
    [['--from-stripe'], /--from-stripe: since when\?/],
    [['--status', 'dead', '--rate', '0'], /--rate:/],
    [['--status', 'dead', '--max-failures', '0'], /--max-failures:/],
    [['--status', 'dead', '--limit', '-1'], /--limit:/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('names what it does not find, and needs a role that may write', async () => {
    expect((await run(['evt_nothing'])).stderr).toContain('[NOT_FOUND]');
    expect((await run(['--status', 'dead'])).stderr).toMatch(
      /No event of the inbox matches: there is nothing to replay\. \[NOTHING_SELECTED\]/,
    );
    const [id] = await world.deliver(stripeEvent('product.created', {}));
    await kill(id);
    await world.query(
      `DO $$ BEGIN CREATE ROLE replay_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA public, ops TO replay_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public, ops TO replay_reader`,
    );
    const env = { DATABASE_URL: world.urlFor('replay_reader', 'secret') };
    const dry = documentOf(await smsfood(['webhooks', 'replay', String(id), '--format', 'json'], { env }));
    expect(dry.events).toMatchObject([{ effect: 'unknown', text: expect.stringContaining('may not write') }]);
    const refused = await smsfood(['webhooks', 'replay', String(id), '--apply'], { env });
    await world.query('DROP OWNED BY replay_reader');
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[DB_PERMISSION]') });
    expect(await status()).toEqual([expect.stringMatching(/ dead$/)]);
  });
});
