import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { SmsfoodError } from '../../src/errors.js';
import { openSources } from '../../src/webhooks/sources/index.js';
import { cloneDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';

/** This machine may have much else to do. */
const PATIENT = { timeout: 30_000 };

const SECRETS = {
  STRIPE_WEBHOOK_SECRET: 'whsec_first,whsec_second',
  TWILIO_AUTH_TOKEN: 'twiliofirst,twiliosecond',
  TWILIO_ACCOUNT_SID: 'AC00000000000000000000000000000001',
  EZTEXTING_WEBHOOK_SECRET: 'eztextingfirst',
};

const DocumentSchema = z.looseObject({
  schema: z.literal('smsfood.webhook-simulation/1'),
  events: z.number(),
  deliveries: z.number(),
  reachedRate: z.number(),
  answers: z.record(z.string(), z.number()),
  latencyMs: z.object({ p50: z.number().nullable(), p99: z.number().nullable() }),
  exitCode: z.number(),
});

/** A receiver that verifies as the real one does, and remembers what it was sent. */
async function receiver({ status = 200, publicUrl }: { status?: number; publicUrl?: string } = {}) {
  const { endpoints } = await openSources({
    stripeWebhookSecret: ['whsec_first'],
    twilioAuthToken: ['twiliofirst'],
    twilioAccountSid: SECRETS.TWILIO_ACCOUNT_SID,
    eztextingWebhookSecret: ['eztextingfirst'],
  });
  const received: { type: string; key: string; subject: string | null }[] = [];
  const refused: string[] = [];
  let own = '';
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const endpoint = endpoints.find(({ path }) => path === request.url);
    const answer = endpoint?.receive({
      url: `${publicUrl ?? own}${request.url}`,
      headers: request.headers,
      body,
      now: Date.now(),
    });
    if (answer !== undefined && 'event' in answer) {
      const { type, dedupeKey: key, subject } = answer.event;
      received.push({ type, key, subject });
      response.statusCode = status;
    } else {
      refused.push(answer?.refused ?? `no route ${request.url}`);
      response.statusCode = 403;
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  own = `http://127.0.0.1:${address.port}`;
  return { url: own, received, refused };
}

const run = (
  args: readonly string[],
  { env = {}, signal }: { env?: Record<string, string>; signal?: AbortSignal } = {},
) =>
  smsfood(['webhooks', 'simulate', ...args], {
    env: { ...SECRETS, ...env },
    ...(signal === undefined ? {} : { signal }),
  });

async function simulate(...args: string[]) {
  const { code, stdout, stderr } = await run([...args, '--rate', '2000', '--format', 'json']);
  if (stdout === '') throw new Error(stderr);
  const document = DocumentSchema.parse(JSON.parse(stdout));
  expect(document.exitCode).toBe(code);
  return document;
}

it.each([
  ['stripe', ['checkout.session.completed', 'payment_intent.succeeded']],
  ['twilio', ['sms.inbound', 'sms.status']],
  ['eztexting', ['sms.inbound', 'sms.status']],
])('events of %s are signed as the receiver verifies them, and stop by themselves', async (source, types) => {
  const { url, received, refused } = await receiver();
  const document = await simulate(source, '--url', url, '--count', '80');
  expect(document).toMatchObject({ events: 80, deliveries: 80, answers: { 200: 80 }, exitCode: 0 });
  expect(refused).toEqual([]);
  expect(received).toHaveLength(80);
  expect([...new Set(received.map(({ type }) => type))].sort()).toEqual(expect.arrayContaining(types));
  expect(document.latencyMs.p50).toBeGreaterThan(0);
  expect(document.latencyMs.p99).toBeGreaterThanOrEqual(document.latencyMs.p50 ?? 0);
});

it('delivers some twice, and in any order where it is told to', async () => {
  const { url, received } = await receiver();
  const { deliveries } = await simulate(
    'stripe',
    '--url',
    `${url}/`,
    '--count',
    '300',
    '--duplicates',
    '50',
    '--shuffle',
  );
  expect(new Set(received.map(({ key }) => key)).size).toBe(300);
  expect(received).toHaveLength(deliveries);
  expect(deliveries).toBeGreaterThan(400);
  expect(deliveries).toBeLessThan(500);
  // Of an order's events, the payment is not always before its refund or after its failure.
  const order = [
    'payment_intent.payment_failed',
    'payment_intent.succeeded',
    'checkout.session.completed',
    'charge.refunded',
  ];
  const places = new Map<string | null, number[]>();
  for (const { subject, type } of received) places.set(subject, [...(places.get(subject) ?? []), order.indexOf(type)]);
  const isSorted = (list: number[]) => list.every((place, index) => index === 0 || (list[index - 1] ?? 0) <= place);
  expect([...places.values()].some((list) => !isSorted(list))).toBe(true);
});

it('tells each story in its order otherwise', async () => {
  const { url, received } = await receiver();
  await run(['stripe', '--url', url, '--count', '60', '--rate', '60']);
  const paidBefore = new Set<string | null>();
  for (const { type, subject } of received) {
    if (type === 'payment_intent.succeeded') paidBefore.add(subject);
    if (type === 'checkout.session.completed') expect(paidBefore).toContain(subject);
  }
  expect(paidBefore.size).toBeGreaterThan(10);
});

it('signs the public URL for Twilio', async () => {
  const { url, refused } = await receiver({ publicUrl: 'https://hooks.example.com' });
  expect(await simulate('twilio', '--url', url, '--count', '20')).toMatchObject({ answers: { 403: 20 }, exitCode: 1 });
  expect(refused).toHaveLength(20);
  expect(
    await simulate('twilio', '--url', url, '--count', '20', '--public-url', 'https://hooks.example.com'),
  ).toMatchObject({ answers: { 200: 20 } });
});

it('counts answers by their status, and says so in words', async () => {
  const { url } = await receiver({ status: 503 });
  const { code, stdout } = await run(['eztexting', '--url', url, '--count', '15', '--rate', '500']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Sent 15 deliveries of 15 eztexting events to http:\/\/127\.0\.0\.1:\d+\.\n/);
  expect(stdout).toMatch(/ 503 +15\n/);
});

it('is about real rows where a database is named, and about none otherwise', async () => {
  const database = await cloneDatabase();
  onTestFinished(() => database.drop());
  await database.query(
    `SELECT make('orders', jsonb_build_object('id', 'real' || n, 'status', 'PENDING')) FROM generate_series(1, 5) n`,
  );
  const { url, received } = await receiver();
  const args = ['stripe', '--url', url, '--count', '30', '--rate', '2000'];
  expect((await run([...args, '--real'], { env: { DATABASE_URL: database.url } })).code).toBe(0);
  const subjects = new Set(received.map(({ subject }) => subject).filter((subject) => !subject?.startsWith('acct_')));
  expect([...subjects].sort()).toEqual(['real1', 'real2', 'real3', 'real4', 'real5']);
  received.length = 0;
  expect((await run(args, { env: { DATABASE_URL: database.url } })).code).toBe(0);
  expect(received.filter(({ subject }) => subject?.startsWith('real'))).toEqual([]);
});

it('stops at once when it is interrupted', async () => {
  const { url, received } = await receiver();
  const stop = new AbortController();
  const running = run(['stripe', '--url', url, '--count', '5000', '--rate', '50'], { signal: stop.signal });
  await expect.poll(() => received.length, PATIENT).toBeGreaterThan(3);
  stop.abort(new SmsfoodError('INTERRUPTED', 'Interrupted.'));
  const started = performance.now();
  expect((await running).code).toBe(130);
  expect(performance.now() - started).toBeLessThan(3_000);
});

it.each([
  'http://example.com',
  'http://10.0.0.1:8787',
  'http://0.0.0.0:8787',
  'http://[::2]:80',
  'https://169.254.169.254',
])('refuses to send to %s', async (url) => {
  const { code, stdout, stderr } = await run(['stripe', '--url', url, '--count', '1']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/is not this machine\. \[USAGE\]/);
});

it.each([
  [['paypal'], /Allowed choices are stripe, twilio, eztexting/],
  [[], /missing required argument/],
  [['stripe', '--url', 'ftp://127.0.0.1'], /--url:/],
  [['stripe', '--count', '0'], /--count:/],
  [['stripe', '--rate', '-1'], /--rate:/],
  [['stripe', '--duplicates', '101'], /--duplicates:/],
])('refuses %j', async (args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

it('says which secret is missing, and that nobody answers', async () => {
  const without = await smsfood(['webhooks', 'simulate', 'twilio'], { env: { TWILIO_AUTH_TOKEN: 'x' } });
  expect(without).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/TWILIO_ACCOUNT_SID is not set\. \[CONFIG_INVALID\]/),
  });
  const nobody = await run(['stripe', '--url', 'http://127.0.0.1:1', '--count', '2']);
  expect(nobody).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringMatching(/Nobody answers at http:\/\/127\.0\.0\.1:1: ECONNREFUSED\. \[RECEIVER_UNREACHABLE\]/),
  });
});
