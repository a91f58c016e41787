import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FINDING_FORMATS, FORMATS } from '../../src/output/index.js';
import { type RunOptions, smsfood } from '../harness/run.js';
import { failed, smsStatus, stripeEvent, succeeded, text, type WorkWorld, workWorld } from './work-world.js';

const ShownSchema = z.looseObject({
  schema: z.literal('smsfood.webhook-event/1'),
  event: z.looseObject({ id: z.number(), status: z.string() }),
  attempts: z.array(z.looseObject({ number: z.number(), result: z.string(), error: z.string().nullable() })),
  effects: z.array(z.looseObject({ table: z.string(), row: z.string(), before: z.unknown(), after: z.unknown() })),
  replay: z.looseObject({
    effect: z.string(),
    result: z.string().nullable(),
    text: z.string(),
    changes: z.array(z.unknown()),
  }),
  payload: z.looseObject({ body: z.unknown() }).nullable(),
});

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.clear());

const run = (args: readonly string[], options: RunOptions = {}) =>
  smsfood(['webhooks', 'show', ...args], { env: { DATABASE_URL: world.url }, ...options });

async function show(...args: string[]) {
  const { code, stdout, stderr } = await run([...args, '--format', 'json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return ShownSchema.parse(JSON.parse(stdout));
}

describe('webhooks show', () => {
  it('shows what an event did, and that a replay would do nothing more', async () => {
    await world.add('orders', { id: 'o1', status: 'PENDING', paymentId: null, platformFee: null });
    const [id] = await world.deliver(succeeded('o1'));
    const before = await show(String(id));
    expect(before).toMatchObject({
      event: { status: 'pending', attempts: 0 },
      attempts: [],
      effects: [],
      replay: {
        effect: 'change',
        result: 'processed',
        changes: [{ table: 'orders', row: 'o1' }, { table: 'customers' }],
      },
    });
    // It was tried, and taken back.
    expect(await world.rows('SELECT status::text FROM orders UNION ALL SELECT table_name FROM ops.change_log')).toEqual(
      [{ status: 'PENDING' }],
    );
    await world.work();
    const after = await show(String(id));
    const logged = await world.rows(
      'SELECT table_name AS "table", row_id AS row, before, after FROM ops.change_log ORDER BY id',
    );
    expect(after).toMatchObject({
      event: { status: 'processed', task: null },
      attempts: [{ number: 1, result: 'processed', command: 'webhooks work' }],
      effects: logged,
      replay: { effect: 'no-op', result: 'processed', changes: [] },
    });
    const { stdout } = await run([String(id)]);
    expect(stdout).toMatch(/^Event \d+: payment_intent\.succeeded\nstatus +processed\n/);
    expect(stdout).toMatch(/orders +o1 +status +PENDING +PAID/);
    expect(stdout).toContain('It would change nothing.');
    expect(stdout).not.toContain('undone');
    await world.query(`UPDATE ops.change_log SET undone_by = run_id WHERE table_name = 'orders'`);
    expect((await run([String(id)])).stdout).toMatch(/\n1 of these changes was undone since, by run [0-9a-f]{8}\.\n/);
  });

  it('is found by its id, its key, or the beginning of the key', async () => {
    await world.query(
      `INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, verified_by, content_hash) VALUES
         ('stripe', 'evt_1a', 'x', now(), 's', ''), ('stripe', 'evt_1b', 'x', now(), 's', ''), ('stripe', 'evtX2', 'x', now(), 's', ''),
         ('eztexting', '2', 'x', now(), 's', ''), ('twilio', 'SM1', 'x', now(), 's', ''), ('eztexting', 'SM1', 'x', now(), 's', ''),
         ('twilio', 'SM1:sent:', 'x', now(), 's', '')`,
    );
    const ids = await world.rows('SELECT id::int AS id, source, dedupe_key AS key FROM ops.webhook_inbox ORDER BY id');
    const idOf = (source: string, key: string) => ids.find((row) => row.source === source && row.key === key)?.id;
    const found = async (name: string) => (await show(name)).event.id;
    expect(await found('evt_1a')).toBe(idOf('stripe', 'evt_1a'));
    expect(await found('evtX')).toBe(idOf('stripe', 'evtX2'));
    expect(await found('eztexting:2')).toBe(idOf('eztexting', '2'));
    expect(await found(String(ids[0]?.id))).toBe(ids[0]?.id);
    expect(await found('twilio:SM1')).toBe(idOf('twilio', 'SM1'));
    for (const [name, message] of [
      ['SM1', /Several events are called "SM1", or begin so: twilio:SM1, eztexting:SM1\./],
      ['evt', /Several events/],
      ['evt_', /Several events are called "evt_", or begin so: stripe:evt_1b, stripe:evt_1a\./],
      ['evt_9', /No event of the inbox is called "evt_9"/],
      ['%', /No event/],
      ['', /No event/],
      ['stripe:', /No event/],
      ['999999999999999999999', /No event/],
      ['99999', /No event/],
    ] as const) {
      const { code, stdout, stderr } = await run([name]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).toContain('[NOT_FOUND]');
    }
    expect((await run([])).code).toBe(2);
  });

  it('shows attempts that were killed, and one under way', async () => {
    const [id] = await world.deliver(failed('nobody'));
    await world.query(
      `INSERT INTO ops.runs (id, command, arguments, version, host, started_at, status)
       VALUES ('11111111-1111-4111-8111-111111111111', 'webhooks work', '{}', '0', 'h', now(), 'running')`,
    );
    const attempt = (number: number, result: string) =>
      world.query(
        `INSERT INTO ops.webhook_attempts (event_id, number, run_id, started_at, finished_at, result, error)
         VALUES ($1, $2, '11111111-1111-4111-8111-111111111111', now(), now() + interval '14 ms', $3, 'Why.')`,
        [id, number, result],
      );
    await attempt(2, 'retry');
    await attempt(3, 'dead');
    await attempt(1, 'retry'); // replayed
    await world.query(
      `UPDATE ops.webhook_inbox SET status = 'processing', attempts = 4, lease_token = gen_random_uuid(), lease_until = now() + interval '50 seconds'`,
    );
    const results = async () => (await show(String(id))).attempts.map(({ number, result }) => `${number} ${result}`);
    const ended = ['1 killed', '2 retry', '3 dead', '1 retry', '2 killed', '3 killed'];
    expect(await results()).toEqual([...ended, '4 under way']);
    await world.query(`UPDATE ops.webhook_inbox SET lease_until = now() - interval '1 second'`);
    expect(await results()).toEqual([...ended, '4 killed']);
    expect((await run([String(id)])).stdout).toMatch(/2 +\S+ \S+ +14 ms +retry +work 11111111 +Why\./);
  });

  it('counts deliveries, conflicts and replays', async () => {
    const [id] = await world.deliver(stripeEvent('product.created', {}));
    await world.query(`UPDATE ops.webhook_inbox SET delivery_count = 5, conflict_count = 2`);
    expect((await run([String(id)])).stdout).toMatch(/delivered +5 times, 2 of them with another content/);
    expect(
      (
        await smsfood(['webhooks', 'replay', String(id), '--apply', '--reason', 'of Ada, 404-555-0133'], {
          env: { DATABASE_URL: world.url },
        })
      ).code,
    ).toBe(0);
    const { stdout } = await run([String(id)]);
    expect(stdout).toMatch(/^Replays\n[0-9a-f]{8} +ignored \S+, because: of Ada, •••$/m);
  });

  it('says what a replay would do where it fails, waits, or cannot be tried', async () => {
    const [unknown, invalid, stale] = await world.deliver(
      { ...succeeded('nobody'), receivedAt: '2026-01-01T00:00:00Z' },
      stripeEvent('payment_intent.succeeded', { id: 5 }),
      succeeded('nobody'),
    );
    const replay = async (id: number | undefined) => (await show(String(id))).replay;
    expect(await replay(unknown)).toMatchObject({
      effect: 'error',
      result: 'dead',
      text: 'There is no order nobody yet.',
    });
    expect(await replay(stale)).toMatchObject({ effect: 'no-op', result: 'waiting' });
    expect(await replay(invalid)).toMatchObject({ effect: 'error', result: 'dead' });
    await world.query('DELETE FROM ops.webhook_payloads');
    expect(await replay(stale)).toMatchObject({ effect: 'error', text: expect.stringContaining('pruned') });
    expect((await run([String(stale)])).stdout).toMatch(/^Payload\nIt was pruned\./m);

    await world.query(
      `DO $$ BEGIN CREATE ROLE show_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA ops TO show_reader; GRANT SELECT ON ALL TABLES IN SCHEMA ops TO show_reader`,
    );
    const { code, stdout } = await run([String(stale)], {
      env: { DATABASE_URL: world.urlFor('show_reader', 'secret') },
    });
    await world.query('DROP OWNED BY show_reader');
    expect(code).toBe(0);
    expect(stdout).toContain('Nobody can say. This role may not write');
  });

  it('does not wait for a row that somebody holds, and says so', async () => {
    await world.add('orders', { id: 'o1', status: 'PENDING', paymentId: null });
    const [id] = await world.deliver(succeeded('o1'));
    const other = await world.connect();
    await other.query('BEGIN');
    await other.query(`UPDATE orders SET notes = 'x'`);
    const { replay } = await show(String(id));
    await other.query('ROLLBACK');
    expect(replay).toMatchObject({ effect: 'error', result: 'retry', text: expect.stringMatching(/lock timeout/) });
  });

  it('shows no personal data in any format, unless asked to', async () => {
    const words = [
      'zyxword',
      'Zyxada',
      'zyxmail',
      '4045550133',
      '404-555-0133',
      'zyxcity',
      'zyxnote',
      'zyxhidden',
      'zyxtext',
    ];
    await world.add('business_customers', { id: 'b1', assignedPhoneNumber: '+14705550199' });
    const [stripe, inbound] = await world.deliver(
      stripeEvent('product.created', {
        id: 'pi_1',
        metadata: { orderId: 'o1', customer: 'zyxhidden', phone: '4045550133' },
        customer_details: { name: 'Zyxada', email: 'zyxmail@example.com', address: { city: 'zyxcity' } },
        description: 'zyxnote',
        contact: 'zyxword',
        alias: 'zyxword_smith',
        '404-555-0133': 'yes',
        statement: ['zyxword', { of: 'zyxword' }],
        amount: 2500,
        status: 'succeeded',
      }),
      text('zyxtext for Zyxada', { from: '+14045550133' }),
    );
    await world.work();
    await world.query(`UPDATE ops.webhook_replies SET body = 'Dear Zyxada'`);
    for (const format of FORMATS.filter((each) => !FINDING_FORMATS.includes(each))) {
      for (const id of [stripe, inbound]) {
        const { code, stdout } = await run([String(id), '--format', format]);
        expect(code).toBe(0);
        expect(words.filter((word) => stdout.includes(word))).toEqual([]);
      }
    }
    const shown = JSON.stringify((await show(String(stripe))).payload);
    for (const kept of ['"orderId":"o1"', '"amount":2500', '"status":"succeeded"', '"id":"pi_1"'])
      expect(shown).toContain(kept);
    const revealed =
      (await run([String(stripe), '--reveal'])).stdout + (await run([String(inbound), '--reveal'])).stdout;
    expect(words.filter((word) => !revealed.includes(word))).toEqual([]);
  });

  it('shows whatever bytes are there, and lets none of them act', async () => {
    const [id] = await world.deliver(smsStatus('SM1', 'sent'));
    const bodies = [
      '\u001b[2J not JSON',
      '"a text"',
      'null',
      '[]',
      '{"a":"\u202e"}',
      '['.repeat(100_000),
      'a=%1b%5b2J&b',
      '',
    ];
    for (const body of [...bodies.map((each) => Buffer.from(each)), Buffer.from([0xff, 0xfe, 0])]) {
      await world.query('UPDATE ops.webhook_payloads SET body = $1 WHERE event_id = $2', [body, id]);
      const { code, stdout } = await run([String(id), '--reveal']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Payload \(/m);
      expect([...stdout].filter((character) => '\u001b\u202e'.includes(character))).toEqual([]);
    }
  });
});

describe('webhooks refunded', () => {
  const record = (id: string) => smsfood(['webhooks', 'refunded', id], { env: { DATABASE_URL: world.url } });

  it('takes an event off the list, once, and is recorded', async () => {
    await world.add('orders', { id: 'o1', status: 'CANCELLED', paymentId: null });
    const [id] = await world.deliver(succeeded('o1'));
    await world.work();
    expect(await world.inbox()).toMatchObject([{ task: 'refund needed' }]);
    expect(await record(String(id))).toEqual({
      code: 0,
      stdout: '',
      stderr: `Event ${id} asks for no refund any more.\n`,
    });
    expect(await world.inbox()).toMatchObject([{ task: null, outcome: expect.stringContaining('recorded by hand') }]);
    expect(
      await world.row(
        `SELECT arguments ->> 'event' AS event, status FROM ops.runs WHERE command = 'webhooks refunded'`,
      ),
    ).toEqual({
      event: String(id),
      status: 'done',
    });
    const again = await record(String(id));
    expect([again.code, again.stderr]).toEqual([2, expect.stringMatching(/asks for no refund: .*\[USAGE\]/)]);
    expect((await record('evt_none')).code).toBe(2);
  });
});
