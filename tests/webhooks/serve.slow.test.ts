import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, cloneWithOps, type TestDatabase } from '../harness/database.js';
import { makeFolder, temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { type Receiver, SECRETS, sendStripe, sendTwilio, startReceiver, statusOf, stripeEvent } from './receiver.js';

let database: TestDatabase;
let empty: TestDatabase;
beforeAll(async () => {
  [database, empty] = [await cloneWithOps(), await cloneDatabase()];
});
afterAll(() => Promise.all([database.drop(), empty.drop()]));

describe('webhooks serve does not start', () => {
  const serve = (argv: readonly string[], env: Record<string, string>) =>
    smsfood(['webhooks', 'serve', '--port', '0', '--spool', makeSpool(), ...argv], {
      env: { DATABASE_URL: database.url, ...env },
    });
  const stripe = { STRIPE_WEBHOOK_SECRET: 'whsec_a' };
  const twilio = { TWILIO_AUTH_TOKEN: 'a', TWILIO_ACCOUNT_SID: 'AC1' };

  it.each([
    [
      'without any secret',
      [],
      {},
      2,
      /No source of webhooks has a secret.*\[CONFIG_INVALID\]\n.*STRIPE_WEBHOOK_SECRET/,
    ],
    ['with secrets that are empty', [], { STRIPE_WEBHOOK_SECRET: ' , ' }, 2, /No source of webhooks has a secret/],
    [
      'with a Twilio token and no account',
      [],
      { TWILIO_AUTH_TOKEN: 'a' },
      2,
      /TWILIO_ACCOUNT_SID is not\. \[CONFIG_INVALID\]/,
    ],
    ['with Twilio and no public URL', [], twilio, 2, /--public-url.*\[USAGE\]/],
    [
      'with a public URL that is none',
      ['--public-url', 'hooks.example.com'],
      stripe,
      2,
      /--public-url: is no http or https URL/,
    ],
    [
      'with a public URL that has a query',
      ['--public-url', 'https://a.example/?b'],
      stripe,
      2,
      /--public-url: must have no query/,
    ],
    ['on a port that is none', ['--port', '70000'], stripe, 2, /--port: .*\[USAGE\]/],
    ['with a number of workers that is none', ['--workers', 'two'], stripe, 2, /--workers: .*\[USAGE\]/],
    [
      'on an address of another machine',
      ['--host', '192.0.2.1'],
      stripe,
      3,
      /Cannot listen on 192\.0\.2\.1:0.*\[PORT_UNAVAILABLE\]/,
    ],
  ])('%s', async (_what, argv, env, code, message) => {
    const outcome = await serve(argv, env);
    expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: '' });
    expect(outcome.stderr).toMatch(message);
  });

  it('with a trusted proxy that is no address', async () => {
    const folder = temporaryFolder({
      'c.json': JSON.stringify({ webhooks: { trustedProxies: ['10.0.0.0/8', 'nginx'] } }),
    });
    const { code, stderr } = await serve(['--config', join(folder, 'c.json')], stripe);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/"webhooks\.trustedProxies\.1".*is no address or network.*\[CONFIG_INVALID\]/),
    });
  });

  it('without the schema ops', async () => {
    const { code, stderr } = await serve([], { ...stripe, DATABASE_URL: empty.url });
    expect(code).toBe(3);
    expect(stderr).toMatch(/ops\.webhook_inbox.*\[OPS_NOT_INSTALLED\]\n.*`smsfood db install`/);
  });

  it('with a role that may not write to the inbox', async () => {
    await database.query(
      `CREATE ROLE ${database.name}_reader LOGIN PASSWORD 'a'; GRANT USAGE ON SCHEMA ops TO ${database.name}_reader; GRANT SELECT ON ALL TABLES IN SCHEMA ops TO ${database.name}_reader`,
    );
    try {
      const { code, stderr } = await serve([], {
        ...stripe,
        DATABASE_URL: database.urlFor(`${database.name}_reader`, 'a'),
      });
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: expect.stringMatching(/may not write to the inbox.*\[DB_PERMISSION\]/),
      });
    } finally {
      await database.query(`DROP OWNED BY ${database.name}_reader; DROP ROLE ${database.name}_reader`);
    }
  });

  it('on a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, stderr } = await serve(['--port', String(port)], stripe);
    other.close();
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining(
        `Cannot listen on 127.0.0.1:${port}: something listens there already. [PORT_UNAVAILABLE]`,
      ),
    });
  });

  it('when the database is down and all sources send again', async () => {
    const { code, stderr } = await serve([], { ...stripe, DATABASE_URL: 'postgresql://a:b@127.0.0.1:1/c' });
    expect(code).toBe(3);
    expect(stderr).toMatch(/\[DB_UNREACHABLE\]/);
  });

  it('with a spool that others may read, or that is a file', async () => {
    const folder = makeSpool();
    chmodSync(folder, 0o755);
    const eztexting = { EZTEXTING_WEBHOOK_SECRET: 'a' };
    const open = await serve(['--spool', folder], eztexting);
    expect({ code: open.code, stderr: open.stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/open to other users.*\[SPOOL_FAILED\]/),
    });
    const file = await serve(['--spool', join(temporaryFolder({ file: '' }), 'file')], eztexting);
    expect({ code: file.code, stderr: file.stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/cannot be used.*\[SPOOL_FAILED\]/),
    });
  });

  it('on a spool that another receiver uses; that one goes on', { timeout: 20_000 }, async () => {
    const spool = makeSpool();
    const first = await startReceiver({ databaseUrl: database.url, spool });
    const second = await serve(['--spool', spool], { EZTEXTING_WEBHOOK_SECRET: 'a' });
    expect({ code: second.code, stderr: second.stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/in use by another smsfood.*\[LOCKED\]/),
    });
    expect((await sendStripe(first.url, stripeEvent('evt_locked'))).status).toBe(200);
    expect(await first.stop()).toBe(143);
    const third = await startReceiver({ databaseUrl: database.url, spool });
    expect(await third.stop()).toBe(143);
  });
});

it.each(['127.0.0.1', '0.0.0.0'])('the receiver says that it listens on %s', async (host) => {
  const receiver = await startReceiver({ databaseUrl: database.url, spool: makeSpool(), argv: ['--host', host] });
  expect(new URL(receiver.url).hostname).toBe(host);
  expect((await sendStripe(receiver.url, stripeEvent(`evt_${host}`))).status).toBe(200);
  expect(await receiver.stop()).toBe(143);
});

function makeSpool(): string {
  const folder = join(temporaryFolder(), 'spool');
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

describe('a receiver', () => {
  const spool = makeFolder();
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver({
      databaseUrl: database.url,
      spool: spool.path,
      env: { EZTEXTING_WEBHOOK_SECRET: '' },
    });
  });
  afterAll(async () => {
    await receiver.stop();
    spool.remove();
  });

  it('says what is off, and no secret', () => {
    expect(receiver.stderr()).toContain('eztexting is off: EZTEXTING_WEBHOOK_SECRET is not set.');
    for (const secret of [...SECRETS.STRIPE_WEBHOOK_SECRET.split(','), ...SECRETS.TWILIO_AUTH_TOKEN.split(',')])
      expect(receiver.stderr()).not.toContain(secret);
  });

  it.each([
    ['POST', '/webhooks/eztexting/sms'],
    ['POST', '/webhooks/unknown'],
    ['POST', '/webhooks/stripe/'],
    ['POST', '/'],
    ['GET', '/webhooks/stripe'],
    ['PUT', '/webhooks/stripe'],
    ['DELETE', '/metrics'],
    ['POST', '/webhooks/%00'],
    ['POST', '/webhooks/../webhooks/%2e%2e'],
  ])('%s %s is not there', async (method, path) => {
    expect((await fetch(`${receiver.url}${path}`, { method })).status).toBe(404);
  });

  it('is alive and ready', async () => {
    const [live, ready] = await Promise.all(['livez', 'readyz'].map((path) => fetch(`${receiver.url}/${path}`)));
    expect([live?.status, await live?.json()]).toEqual([200, { live: true }]);
    expect([ready?.status, await ready?.json()]).toEqual([200, { ready: true, reasons: [] }]);
  });

  it('answers HEAD as GET, without the body', async () => {
    const head = await fetch(`${receiver.url}/livez`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '13', '']);
  });

  it('a body that nobody reads is no second request', async () => {
    const inner = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n';
    const answer = await raw(
      receiver.url,
      `POST /webhooks/unknown HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404']);
  });

  it.each(['gzip', 'br', 'deflate', 'x-unknown', 'identity, gzip'])(
    'Content-Encoding %s is a 415',
    async (encoding) => {
      const response = await fetch(`${receiver.url}/webhooks/stripe`, {
        method: 'POST',
        body: 'x',
        headers: { 'content-encoding': encoding },
      });
      expect(response.status).toBe(415);
    },
  );

  it('a body that is too large is a 413: announced, sent, or in chunks', async () => {
    const announced = await raw(
      receiver.url,
      'POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\nx',
    );
    expect(announced).toMatch(/^HTTP\/1\.1 413 /);
    const sent = await fetch(`${receiver.url}/webhooks/stripe`, { method: 'POST', body: 'x'.repeat(300_000) }).then(
      ({ status }) => status,
      () => 413, // closed while the rest was still being sent
    );
    expect(sent).toBe(413);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const chunked = await raw(
      receiver.url,
      `POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(40)}0\r\n\r\n`,
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('headers that are too large are a 431', async () => {
    expect(
      await raw(receiver.url, `POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('counts what it did', async () => {
    const event = stripeEvent('evt_metrics');
    for (const _ of [1, 2]) await sendStripe(receiver.url, event);
    await sendStripe(receiver.url, event, { secret: 'whsec_wrong' });
    await sendTwilio(receiver.url, '/webhooks/twilio/status', statusOf('SM_metrics', 'sent'));
    await database.query(
      `UPDATE ops.webhook_inbox SET status = 'dead', dead_reason = 'attempts' WHERE source = 'twilio';
       UPDATE ops.webhook_inbox SET received_at = now() - interval '1 hour', next_attempt_at = now() - interval '1 hour' WHERE dedupe_key = 'evt_metrics'`,
    );
    const response = await fetch(`${receiver.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const metrics = readMetrics(await response.text());
    const { rows } = await database.query<{ pending: string }>(
      `SELECT count(*) AS pending FROM ops.webhook_inbox WHERE status = 'pending'`,
    );
    expect(metrics).toMatchObject({
      'received_total{source="stripe"}': 2,
      'duplicates_total{source="stripe"}': 1,
      'received_total{source="twilio"}': 1,
      'rejected_total{source="stripe",reason="signature"}': expect.any(Number),
      'acknowledgement_seconds_count{source="stripe"}': 2,
      pending: Number(rows[0]?.pending),
      dead: 1,
      waiting: 0,
      spool_events: 0,
      spool_bytes: 0,
    });
    expect(metrics.oldest_pending_seconds).toBeGreaterThan(3_599);
    expect(metrics.oldest_pending_seconds).toBeLessThan(3_700);
  });

  it('answers bad signatures of one address with 429 in the end, and good ones never', async () => {
    const bad = await Promise.all(
      Array.from({ length: 60 }, () => sendStripe(receiver.url, stripeEvent('evt_bad'), { secret: 'whsec_no' })),
    );
    const statuses = bad.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([400, 429]));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(30);
    expect((await sendStripe(receiver.url, stripeEvent('evt_good'))).status).toBe(200);
    const forwarded = await fetch(`${receiver.url}/webhooks/stripe`, {
      method: 'POST',
      body: '{}',
      headers: { 'x-forwarded-for': '203.0.113.9' },
    });
    expect(forwarded.status).toBe(429); // nobody said that this sender is a proxy
  });
});

it('a proxy that is trusted tells addresses apart', async () => {
  const spool = makeSpool();
  const config = temporaryFolder({ 'c.json': JSON.stringify({ webhooks: { trustedProxies: ['127.0.0.1'] } }) });
  const receiver = await startReceiver({
    databaseUrl: database.url,
    spool,
    argv: ['--config', join(config, 'c.json')],
  });
  const from = (address: string) =>
    fetch(`${receiver.url}/webhooks/stripe`, { method: 'POST', body: '{}', headers: { 'x-forwarded-for': address } });
  for (let count = 0; count < 30; count++) expect((await from('203.0.113.9')).status).toBe(400);
  expect((await from('203.0.113.9')).status).toBe(429);
  expect((await from('203.0.113.10')).status).toBe(400);
  await receiver.stop();
});

/** Sends bytes, and resolves to what comes back until the other side closes or has answered. */
async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  socket.write(bytes);
  const answer = text(socket).catch(() => '');
  socket.once('data', () => setTimeout(() => socket.end(), 50));
  return answer;
}

function readMetrics(page: string): Record<string, number> {
  return Object.fromEntries(
    page
      .split('\n')
      .filter((line) => line.startsWith('smsfood_webhooks_'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice('smsfood_webhooks_'.length, at), Number(line.slice(at + 1))];
      }),
  );
}
