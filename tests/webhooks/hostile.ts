import { createHmac, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { inbound, SECRETS, stripeEvent, stripeRequest, twilioRequest } from './receiver.js';

/** One request as bytes, of a kind that a name tells. */
export interface Hostile {
  kind: string;
  bytes: Buffer;
}

const PATHS = [
  '/webhooks/stripe',
  '/webhooks/twilio/sms',
  '/webhooks/twilio/status',
  '/webhooks/eztexting/sms',
  '/webhooks/eztexting/status',
];

/** Numbers from a seed, so that a failure can be had again. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

type Make = (random: () => number) => Buffer;

const pick = <T>(random: () => number, list: readonly T[]): T => {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new Error('an empty list');
  return item;
};

function request(path: string, headers: Record<string, string>, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const lines = Object.entries({ host: 'a', 'content-length': String(bytes.length), ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

function signed(path: string, { headers, body }: RequestInit): Buffer {
  return request(path, Object.fromEntries(new Headers(headers)), String(body));
}

function ofEztexting(body: string): Buffer {
  const signature = createHmac('sha1', 'eztextingfirst').update(body).digest('hex');
  return request('/webhooks/eztexting/sms', { 'x-signature': signature }, body);
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const WRONG = [
  'null',
  '[]',
  '"a"',
  '1e999',
  '{}',
  '{"id":{}}',
  '{"id":"\\u0000"}',
  '{"__proto__":{"id":"a"}}',
  '{"id":"\\ud800","type":"a","created":1}',
  '{"id":"a","type":"a","created":-1}',
  '{',
];

/** None of these may harm the receiver; those that are signed come from a provider gone mad. */
const KINDS: Readonly<Record<string, Make>> = {
  'random bytes': (random) => randomBytes(Math.ceil(random() * 3_000)),
  'random body': (random) =>
    request(pick(random, PATHS), { 'content-type': 'application/json' }, randomBytes(Math.ceil(random() * 5_000))),
  'wrong signature': (random) =>
    request(
      pick(random, PATHS),
      {
        'stripe-signature': `t=${Math.floor(Date.now() / 1000)},v1=${randomBytes(32).toString('hex')}`,
        'x-twilio-signature': randomBytes(20).toString('base64'),
        'x-signature': randomBytes(20).toString('hex'),
      },
      JSON.stringify(stripeEvent('evt_x')),
    ),
  'odd signature': (random) => {
    const odd = pick(random, [
      '',
      ',',
      't=,v1=',
      '=',
      'null',
      't=1e99,v1=a',
      `t=${'9'.repeat(400)},v1=${'a'.repeat(5_000)}`,
      'v1=é',
      '\u00ff'.repeat(50),
    ]);
    return request(
      pick(random, PATHS),
      { 'stripe-signature': odd, 'x-twilio-signature': odd, 'x-signature': odd },
      'a=b',
    );
  },
  'signed, no event': (random) => signed('/webhooks/stripe', stripeRequest(pick(random, WRONG))),
  'signed, deep': (random) => {
    const deep = nested(Math.ceil(random() * 100_000));
    return random() < 0.5
      ? signed('/webhooks/stripe', stripeRequest(`{"id":"evt_deep","type":"a","created":1,"data":${deep}}`))
      : ofEztexting(`{"id":"ez_deep","x":${deep}}`);
  },
  'signed, wrong types': (random) =>
    random() < 0.5
      ? ofEztexting(pick(random, WRONG.slice(0, -2)))
      : signed(
          '/webhooks/twilio/sms',
          twilioRequest(
            '/webhooks/twilio/sms',
            pick(random, [
              inbound(''),
              inbound('SM\u0000'),
              inbound('x'.repeat(500)),
              { AccountSid: SECRETS.TWILIO_ACCOUNT_SID },
            ]),
          ),
        ),
  'form of thousands': () =>
    request(
      '/webhooks/twilio/sms',
      { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': 'a' },
      'a=%ff&'.repeat(20_000),
    ),
  'huge JSON': (random) =>
    request(pick(random, PATHS), { 'content-type': 'application/json' }, `[${'1,'.repeat(120_000)}1]`),
  'too large': (random) => request(pick(random, PATHS), {}, Buffer.alloc(300_000, 'x')),
  'too large in chunks': (random) =>
    Buffer.from(
      `POST ${pick(random, PATHS)} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${`ffff\r\n${'x'.repeat(0xffff)}\r\n`.repeat(5)}0\r\n\r\n`,
    ),
  'bad chunks': (random) =>
    Buffer.from(`POST ${pick(random, PATHS)} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n`),
  compressed: (random) =>
    request(pick(random, PATHS), { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(1_000_000))),
  'bad content type': (random) =>
    request(
      pick(random, PATHS),
      {
        'content-type': pick(random, ['', ';', 'text', 'a/b; charset=\u00ff', '/'.repeat(300), 'multipart/form-data']),
      },
      'x',
    ),
  'odd URL': (random) =>
    request(
      pick(random, [
        '/webhooks/twilio/sms?%',
        '//',
        '/webhooks/twilio/status?a=%00&bodySHA256=',
        'http://evil.example/webhooks/stripe',
        '/webhooks/%ff',
        '*',
        `/webhooks/stripe?${'a'.repeat(9_000)}`,
        '/webhooks/stripe#a',
      ]),
      { 'x-twilio-signature': 'a' },
      'a=b',
    ),
  'odd method': (random) =>
    Buffer.from(
      `${pick(random, ['TRACE', 'CONNECT', 'OPTIONS', 'BREW', 'post'])} ${pick(random, PATHS)} HTTP/1.1\r\nhost: a\r\n\r\n`,
    ),
  'two lengths': () =>
    Buffer.from(
      'POST /webhooks/stripe HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 30\r\ntransfer-encoding: chunked\r\n\r\nabc',
    ),
  'many headers': () =>
    request(
      '/webhooks/stripe',
      Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x-${index}`, 'y'])),
      'x',
    ),
  'headers too large': () => request('/webhooks/stripe', { x: 'y'.repeat(30_000) }, 'x'),
  'expect 100': () => request('/webhooks/stripe', { expect: pick(() => 0, ['100-continue']) }, 'x'),
  'cut off': (random) => request(pick(random, PATHS), { 'content-length': '5000' }, 'only this'),
};

export function hostileRequests(count: number, seed: number): Hostile[] {
  const random = numbers(seed);
  const kinds = Object.entries(KINDS);
  return Array.from({ length: count }, (_, index) => {
    const [kind, make] = kinds[index % kinds.length] ?? ['', () => Buffer.alloc(0)];
    return { kind, bytes: make(random) };
  });
}

/** Sends one, and resolves to the statuses that came back; none where the connection was just closed. */
export function provoke(url: string, { kind, bytes }: Hostile): Promise<number[]> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: hostname, port: Number(port) });
    const done = () => {
      socket.destroy();
      resolve([...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status)));
    };
    socket.on('error', done).on('close', done);
    // What is cut off on purpose gets no answer before the receiver's patience ends.
    if (kind === 'cut off') void sleep(20).then(() => socket.end());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (/^HTTP\/1\.1 (?!100)\d{3} [\s\S]*\r\n\r\n/m.test(answer)) done();
    });
    socket.setTimeout(15_000, done);
    socket.write(bytes);
  });
}

/** Sends them all, some at a time. Resolves to how often each kind got each status. */
export async function provokeAll(
  url: string,
  requests: readonly Hostile[],
  atOnce: number,
): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  let next = 0;
  const sender = async () => {
    for (let hostile = requests[next++]; hostile !== undefined; hostile = requests[next++]) {
      for (const status of await provoke(url, hostile)) {
        const key = `${hostile.kind}: ${status}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  return seen;
}
