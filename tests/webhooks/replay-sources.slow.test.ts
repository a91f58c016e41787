import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../harness/folder.js';
import { type RunOptions, smsfood } from '../harness/run.js';
import { type WorkWorld, workWorld } from './work-world.js';

/** This machine may have much else to do. */
const PATIENT = { timeout: 30_000 };

const ReplaySchema = z.looseObject({
  selected: z.number(),
  matched: z.number(),
  cut: z.boolean(),
  skipped: z.record(z.string(), z.number()),
  conflicts: z.number(),
  badLines: z.array(z.object({ line: z.number(), reason: z.string() })),
  counts: z.record(z.string(), z.number()),
  events: z.array(
    z.looseObject({
      id: z.number().nullable(),
      dedupeKey: z.string(),
      effect: z.string().nullable(),
      result: z.string().nullable(),
    }),
  ),
  exitCode: z.number(),
});

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());
beforeEach(async () => {
  await world.clear();
  await world.add('orders', { id: 'o1', status: 'PENDING', paymentId: null });
});

async function run(args: readonly string[], { env = {}, ...options }: RunOptions = {}) {
  return smsfood(['webhooks', 'replay', ...args, '--rate', '2000'], {
    env: { DATABASE_URL: world.url, ...env },
    ...options,
  });
}

async function replay(args: readonly string[], options: RunOptions = {}) {
  const { code, stdout, stderr } = await run([...args, '--format', 'json'], options);
  if (stdout === '') throw new Error(stderr);
  const document = ReplaySchema.parse(JSON.parse(stdout));
  expect(document.exitCode).toBe(code);
  return document;
}

const inbox = () =>
  world.rows('SELECT dedupe_key AS key, status, verified_by AS by FROM ops.webhook_inbox ORDER BY id');

const paid = (id: string, created: number, orderId = 'o1') => ({
  id,
  object: 'event',
  type: 'payment_intent.succeeded',
  created,
  data: {
    object: { id: 'pi_1', object: 'payment_intent', amount_received: 2500, currency: 'usd', metadata: { orderId } },
  },
});

describe('webhooks replay --from-file', () => {
  /** Runs in a folder with this file. */
  const withFile = (content: string) => ({ cwd: temporaryFolder({ 'events.ndjson': content }) });
  const lines = (...values: unknown[]) =>
    values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n');
  const FILE = ['--from-file', 'events.ndjson'];

  it('tries them without keeping them, then keeps, replays and marks them', async () => {
    const file = withFile(
      `\ufeff${lines(paid('evt_2', 1_790_000_020), '', paid('evt_1', 1_790_000_010, 'nobody'), { source: 'twilio', type: 'sms.status', body: { MessageSid: 'SM1', MessageStatus: 'sent' } })}\r\n`,
    );
    const dry = await replay(FILE, file);
    expect(dry).toMatchObject({ matched: 3, selected: 3, counts: { change: 1 } });
    expect(dry.events.map(({ id, dedupeKey }) => [id, dedupeKey])).toEqual([
      [null, 'evt_1'],
      [null, 'evt_2'],
      [null, 'SM1:sent:'],
    ]);
    expect(await inbox()).toEqual([]);
    expect(await world.rows('SELECT status::text FROM orders UNION ALL SELECT row_id FROM ops.change_log')).toEqual([
      { status: 'PENDING' },
    ]);

    expect(await replay([...FILE, '--apply'], file)).toMatchObject({
      counts: { processed: 1, waiting: 2 },
      exitCode: 1,
    });
    expect(await inbox()).toEqual([
      { key: 'evt_1', status: 'waiting', by: 'file' },
      { key: 'evt_2', status: 'processed', by: 'file' },
      { key: 'SM1:sent:', status: 'waiting', by: 'file' },
    ]);
    expect(await world.rows('SELECT status::text FROM orders')).toEqual([{ status: 'PAID' }]);
    // Twice is the same as once.
    const again = await replay([...FILE, '--type', 'payment_intent.*', '--subject', 'o1', '--apply'], file);
    expect(again).toMatchObject({ matched: 1, selected: 0, skipped: { 'processed already': 1 }, exitCode: 0 });
    expect(await world.row('SELECT count(*)::int AS n FROM ops.webhook_attempts')).toEqual({ n: 3 });
  });

  it('keeps the first content of an event, and brings a pruned payload back', async () => {
    const file = withFile(
      lines(paid('evt_1', 1_790_000_000, 'nobody'), paid('evt_1', 1_790_000_000), {
        ...paid('evt_1', 1_790_000_000, 'nobody'),
        pending_webhooks: 7,
      }),
    );
    expect(await replay([...FILE, '--apply'], file)).toMatchObject({
      matched: 1,
      conflicts: 1,
      counts: { waiting: 1 },
    });
    await world.query(
      `UPDATE ops.webhook_inbox SET status = 'dead', dead_reason = 'orphan'; DELETE FROM ops.webhook_payloads`,
    );
    expect(await replay(['evt_1'])).toMatchObject({ counts: { error: 1 } });
    const other = await replay(FILE, withFile(lines(paid('evt_1', 1_790_000_000))));
    expect(other).toMatchObject({ conflicts: 1, counts: { error: 1 } });
    await world.add('orders', { id: 'nobody', status: 'PENDING', paymentId: null });
    expect(await replay([...FILE, '--apply'], file)).toMatchObject({ counts: { processed: 1 } });
    expect(await world.row('SELECT count(*)::int AS n FROM ops.webhook_payloads')).toEqual({ n: 1 });
  });

  it('leaves what it keeps to itself at first, whatever the workers do', async () => {
    const many = Array.from({ length: 30 }, (_, n) => ({
      ...paid(`evt_${n}`, 1_790_000_000 + n),
      type: 'product.created',
    }));
    const file = withFile(lines(...many));
    const running = smsfood(['webhooks', 'replay', ...FILE, '--apply', '--rate', '20'], {
      env: { DATABASE_URL: world.url },
      ...file,
    });
    await expect.poll(async () => (await inbox()).length, PATIENT).toBe(30);
    await world.work();
    expect((await running).code).toBe(0);
    expect(await world.rows('SELECT result, count(*)::int AS n FROM ops.webhook_replay_events GROUP BY 1')).toEqual([
      { result: 'ignored', n: 30 },
    ]);
  });

  it.each([
    ['no JSON', '{"id": "evt_1", "created": 17900'],
    ['no JSON', "'; DROP TABLE orders; --"],
    ['no event that smsfood knows how to read', '[]'],
    ['no event that smsfood knows how to read', 'null'],
    ['no event that smsfood knows how to read', '{"id": 5, "type": "x", "created": 1}'],
    ['no event that smsfood knows how to read', '{"id": "evt\\u0000", "type": "x", "created": 1}'],
    ['no event that smsfood knows how to read', '{"id": "evt_1", "type": "x", "created": 1e99}'],
    ['no event that smsfood knows how to read', '{"__proto__": {"id": "evt_1"}, "type": "x", "created": 1}'],
    ['no event that smsfood knows how to read', '{"source": "paypal", "body": {}}'],
    [
      'no event that smsfood knows how to read',
      '{"source": "twilio", "type": "sms.voice", "body": {"MessageSid": "SM1"}}',
    ],
    ['no event that smsfood knows how to read', '{"source": "eztexting", "type": "sms.status", "body": null}'],
    ['nested too deeply', `{"id": "evt_1", "type": "x", "created": 1, "data": ${'['.repeat(5000)}${']'.repeat(5000)}}`],
    ['longer than a million bytes', `{"id": "${'x'.repeat(1_100_000)}"}`],
  ])('names a line that is %s, and replays nothing unless told to skip it', async (reason, bad) => {
    const file = withFile(lines(paid('evt_1', 1_790_000_000), bad, paid('evt_2', 1_790_000_001, 'nobody'), bad));
    const refused = await run([...FILE, '--apply'], file);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^error: events\.ndjson:2: /);
    expect(refused.stderr).toContain(`${reason}, and so is line 4; nothing was replayed. [EVENTS_FILE_INVALID]`);
    expect(refused.stderr).not.toContain('DROP TABLE');
    expect(await inbox()).toEqual([]);
    const skipped = await replay([...FILE, '--apply', '--skip-bad'], file);
    expect(skipped).toMatchObject({
      matched: 2,
      badLines: [
        { line: 2, reason },
        { line: 4, reason },
      ],
      counts: { processed: 1, waiting: 1 },
    });
  });

  it('names a line that is not UTF-8, a file that is not there, and one without events', async () => {
    const cwd = temporaryFolder();
    writeFileSync(
      join(cwd, 'events.ndjson'),
      Buffer.concat([Buffer.from('{"id": "'), Buffer.from([0xff]), Buffer.from('"}\n')]),
    );
    expect((await run(FILE, { cwd })).stderr).toContain(
      'events.ndjson:1: not UTF-8; nothing was replayed. [EVENTS_FILE_INVALID]',
    );
    const missing = await run(['--from-file', 'nowhere.ndjson'], { cwd });
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /nowhere\.ndjson cannot be read: ENOENT: no such file or directory\. \[EVENTS_FILE_INVALID\]/,
      ),
    });
    expect(await run(['--from-file', '.'], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[EVENTS_FILE_INVALID]'),
    });
    expect(await run(FILE, withFile('\n\n'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[NOTHING_SELECTED]'),
    });
    expect(await run([...FILE, '--type', 'x'], withFile(lines(paid('evt_1', 1_790_000_000))))).toMatchObject({
      code: 2,
    });
  });
});

describe('webhooks replay --from-stripe', () => {
  interface Asked {
    query: URLSearchParams;
    authorization: string | undefined;
  }

  /** A server on this machine that lists events as Stripe does: newest first, in pages. */
  async function stripeApi(
    events: readonly { id: string; created: number; type: string }[],
    answer?: { status: number; body: unknown },
  ) {
    const asked: Asked[] = [];
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://127.0.0.1');
      const { searchParams: query } = url;
      asked.push({ query, authorization: request.headers.authorization });
      response.setHeader('content-type', 'application/json');
      if (answer !== undefined || url.pathname !== '/v1/events') {
        response.statusCode = answer?.status ?? 404;
        response.end(JSON.stringify(answer?.body ?? {}));
        return;
      }
      const types = [...query].flatMap(([key, value]) => (/^types(?:\[\d*\])?$/.test(key) ? [value] : []));
      const number = (key: string, otherwise: number) => Number(query.get(key) ?? otherwise);
      const listed = [...events]
        .sort((a, b) => b.created - a.created)
        .filter(
          ({ created }) =>
            created >= number('created[gte]', 0) && created < number('created[lt]', Number.POSITIVE_INFINITY),
        )
        .filter(({ type }) => (types.length === 0 ? (query.get('type') ?? type) === type : types.includes(type)));
      const start = listed.findIndex(({ id }) => id === query.get('starting_after')) + 1;
      const limit = number('limit', 10);
      response.end(
        JSON.stringify({
          object: 'list',
          url: '/v1/events',
          has_more: start + limit < listed.length,
          data: listed.slice(start, start + limit),
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({ stripeApiBase: `http://127.0.0.1:${address.port}` }),
    });
    return { asked, options: { cwd, env: { STRIPE_API_KEY: 'rk_test_secretsecret' } } };
  }

  const now = Math.floor(Date.now() / 1000);
  const since = new Date((now - 86_400) * 1000).toISOString();
  const STRIPE = ['--from-stripe', '--since', since];

  it('lists all pages, replays the oldest first, and skips what was processed', async () => {
    const events = Array.from({ length: 230 }, (_, n) => ({
      ...paid(`evt_${n}`, now - 230 + n),
      type: n % 2 === 0 ? 'payment_intent.succeeded' : 'charge.failed',
    }));
    const { asked, options } = await stripeApi([
      ...events,
      { ...paid('evt_old', now - 90_000) },
      { ...paid('evt_other', now), type: 'product.created' },
    ]);
    await replay(['--from-file', 'one.ndjson', '--apply'], {
      cwd: temporaryFolder({ 'one.ndjson': JSON.stringify(events[100]) }),
    });
    const { events: replayed, ...document } = await replay([...STRIPE, '--apply'], options);
    expect(document).toMatchObject({
      matched: 230,
      selected: 229,
      skipped: { 'processed already': 1 },
      cut: false,
      exitCode: 0,
    });
    expect(replayed.map(({ dedupeKey }) => dedupeKey)).toEqual(
      events.map(({ id }) => id).filter((id) => id !== 'evt_100'),
    );
    expect(
      await world.rows('SELECT verified_by AS by, count(*)::int AS n FROM ops.webhook_inbox GROUP BY 1 ORDER BY 1'),
    ).toEqual([
      { by: 'api', n: 229 },
      { by: 'file', n: 1 },
    ]);
    expect(asked).toHaveLength(3);
    for (const { query, authorization } of asked) {
      expect(authorization).toBe('Bearer rk_test_secretsecret');
      expect(query.get('limit')).toBe('100');
      expect(query.get('delivery_success')).toBe('false');
      expect(query.get('created[gte]')).toBe(String(now - 86_400));
      expect([...query.keys()].filter((key) => key.startsWith('types')).length).toBeLessThanOrEqual(20);
    }
    expect(await replay([...STRIPE, '--apply'], options)).toMatchObject({ selected: 0, exitCode: 0 });
  });

  it('asks for one type, a window, or all deliveries, and says what the limit leaves out', async () => {
    const { asked, options } = await stripeApi([
      paid('evt_1', now - 300),
      paid('evt_2', now - 200),
      paid('evt_3', now - 100),
    ]);
    const until = new Date((now - 100) * 1000).toISOString();
    const document = await replay(
      [...STRIPE, '--until', until, '--type', 'payment_intent.succeeded', '--all', '--limit', '1'],
      options,
    );
    expect(document).toMatchObject({ matched: 1, cut: true });
    expect(document.events.map(({ dedupeKey }) => dedupeKey)).toEqual(['evt_2']);
    expect(Object.fromEntries(asked[0]?.query ?? [])).toMatchObject({
      type: 'payment_intent.succeeded',
      'created[lt]': String(now - 100),
    });
    expect(asked[0]?.query.has('delivery_success')).toBe(false);
    expect((await run([...STRIPE, '--limit', '1'], options)).stdout).toContain(
      'Stripe has more: the limit left out the oldest.',
    );
    expect(await run([...STRIPE, '--subject', 'nobody'], options)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[NOTHING_SELECTED]'),
    });
  });

  it('refuses a window beyond 30 days with the time that is possible, before it asks', async () => {
    const { asked, options } = await stripeApi([]);
    const { code, stdout, stderr } = await run(
      ['--from-stripe', '--since', new Date((now - 31 * 86_400) * 1000).toISOString()],
      options,
    );
    expect({ code, stdout, asked }).toEqual({ code: 2, stdout: '', asked: [] });
    const possible = /(\S+Z) is the earliest time that is possible/.exec(stderr)?.[1] ?? '';
    expect(Math.abs(Date.parse(possible) - (now - 30 * 86_400) * 1000)).toBeLessThan(180_000);
    expect(await run(['--from-stripe', '--since', possible], options)).toMatchObject({
      stderr: expect.stringContaining('[NOTHING_SELECTED]'),
    });
  });

  it.each([
    [
      401,
      { error: { type: 'invalid_request_error', message: 'Invalid API Key provided: rk_test_********cret' } },
      /Stripe refuses the key\. \[STRIPE_FAILED\]/,
    ],
    [403, { error: { type: 'invalid_request_error', message: 'no' } }, /may not read events\. \[STRIPE_FAILED\]/],
    [
      400,
      { error: { type: 'invalid_request_error', message: 'rk_test_secretsecret' } },
      /does not list the events \(HTTP 400\)\. \[STRIPE_FAILED\]/,
    ],
    [
      200,
      { object: 'list', has_more: false, data: [{ id: 5 }] },
      /lists something that is no event\. \[STRIPE_FAILED\]/,
    ],
  ])('HTTP %s is trouble in words, without the key', async (status, body, message) => {
    const { options } = await stripeApi([], { status, body });
    const { code, stdout, stderr } = await run([...STRIPE, '--apply'], options);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/rk_test|cret/);
    expect(await inbox()).toEqual([]);
  });

  it('needs the key, a reachable server, and TLS for any other machine', async () => {
    const cwd = (base: string) => temporaryFolder({ 'smsfood.config.json': JSON.stringify({ stripeApiBase: base }) });
    expect(await run(STRIPE)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/STRIPE_API_KEY is not set.*\[CONFIG_INVALID\]/),
    });
    const env = { STRIPE_API_KEY: 'rk_test_secretsecret' };
    expect(await run(STRIPE, { env, cwd: cwd('http://stripe.example.com') })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('unencrypted'),
    });
    expect(await run(STRIPE, { env, cwd: cwd('http://127.0.0.1:1') })).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/127\.0\.0\.1:1 cannot be reached.*\[STRIPE_FAILED\]/),
    });
  });
});
