import { createHash } from 'node:crypto';
import twilio from 'twilio/lib/webhooks/webhooks.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { makeFolder } from '../harness/folder.js';
import {
  inbound,
  PUBLIC_URL,
  type Receiver,
  SECRETS,
  sendEztexting,
  sendStripe,
  sendTwilio,
  startReceiver,
  statusOf,
  stripeEvent,
  stripeRequest,
  twilioRequest,
} from './receiver.js';

let database: TestDatabase;
let receiver: Receiver;
const spool = makeFolder();

beforeAll(async () => {
  database = await cloneWithOps();
  receiver = await startReceiver({ databaseUrl: database.url, spool: spool.path });
});
beforeEach(() => database.query('TRUNCATE ops.webhook_inbox CASCADE'));
afterAll(async () => {
  await receiver.stop();
  await database.drop();
  spool.remove();
});

interface Row {
  source: string;
  dedupe_key: string;
  event_type: string;
  subject: string | null;
  occurred_at: Date;
  received_at: Date;
  status: string;
  verified_by: string;
  delivery_count: number;
  conflict_count: number;
  body: Buffer;
  headers: Record<string, string>;
}

async function inbox(): Promise<Row[]> {
  return (
    await database.query<Row>('SELECT * FROM ops.webhook_inbox JOIN ops.webhook_payloads ON event_id = id ORDER BY id')
  ).rows;
}

/** Sends, and says what the answer was and what is stored. */
async function outcomeOf(request: Promise<Response>): Promise<{ status: number; stored: number }> {
  const { status } = await request;
  return { status, stored: (await inbox()).length };
}

const now = () => Math.floor(Date.now() / 1000);

describe('Stripe', () => {
  const path = '/webhooks/stripe';

  it('an event is stored with its exact bytes before it is acknowledged', async () => {
    const body = JSON.stringify(stripeEvent('evt_1', { note: 'naïve ☕' }), null, 2);
    const before = Date.now();
    const response = await fetch(`${receiver.url}${path}`, stripeRequest(body));
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 200, text: '' });
    const [row, ...others] = await inbox();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      source: 'stripe',
      dedupe_key: 'evt_1',
      event_type: 'payment_intent.succeeded',
      subject: 'order-of-evt_1',
      occurred_at: new Date(1_773_000_000_000),
      status: 'pending',
      verified_by: 'secret 1',
      delivery_count: 1,
      conflict_count: 0,
      headers: {},
    });
    expect(row?.body.equals(Buffer.from(body))).toBe(true);
    expect(Math.abs(Number(row?.received_at) - before)).toBeLessThan(10_000);
  });

  it.each([
    ['the order', { id: 'pi_1', object: 'payment_intent', metadata: { orderId: 'order-1' } }, 'order-1'],
    ['the payment intent of a charge', { id: 'ch_1', object: 'charge', payment_intent: 'pi_1', metadata: {} }, 'pi_1'],
    [
      'the subscription of a session',
      { id: 'cs_1', object: 'checkout.session', payment_intent: null, subscription: 'sub_1' },
      'sub_1',
    ],
    ['the subscription itself', { id: 'sub_1', object: 'subscription' }, 'sub_1'],
    ['the charge of a fee', { id: 'fee_1', object: 'application_fee', charge: 'ch_1' }, 'ch_1'],
    ['the account', { id: 'acct_1', object: 'account' }, 'acct_1'],
    ['nothing that is a text', { id: 7, metadata: { orderId: ['a'] }, charge: {} }, null],
  ])('its subject is %s', async (_what, object, subject) => {
    expect((await sendStripe(receiver.url, stripeEvent('evt_1', { data: { object } }))).status).toBe(200);
    expect(await inbox()).toMatchObject([{ subject }]);
  });

  it('an event of a type that nobody knows, or without data, is stored', async () => {
    await sendStripe(
      receiver.url,
      stripeEvent('evt_1', { type: 'radar.early_fraud_warning.created', data: undefined }),
    );
    await sendStripe(receiver.url, {
      id: 'evt_2',
      object: 'v2.core.event',
      type: 'v2.core.account.updated',
      created: '2026-03-10T15:00:00.123Z',
    });
    expect(await inbox()).toMatchObject([
      { event_type: 'radar.early_fraud_warning.created', subject: null },
      { event_type: 'v2.core.account.updated', occurred_at: new Date('2026-03-10T15:00:00.123Z') },
    ]);
  });

  it.each([
    [-301, 400],
    [-299, 200],
    [299, 200],
    [301, 400],
  ])('a signature of %i seconds from now is answered %i', async (offset, status) => {
    // At the beginning of a second, so that none passes on the way.
    await vi.waitUntil(() => Date.now() % 1000 < 300, { interval: 20 });
    const time = now() + offset;
    expect(await outcomeOf(sendStripe(receiver.url, stripeEvent('evt_1'), { time }))).toEqual({
      status,
      stored: status === 200 ? 1 : 0,
    });
  });

  it('both secrets of a rotation are accepted, and which one it was is kept', async () => {
    await sendStripe(receiver.url, stripeEvent('evt_1'), { secret: 'whsec_first' });
    await sendStripe(receiver.url, stripeEvent('evt_2'), { secret: 'whsec_second' });
    expect(await outcomeOf(sendStripe(receiver.url, stripeEvent('evt_3'), { secret: 'whsec_third' }))).toEqual({
      status: 400,
      stored: 2,
    });
    expect(await inbox()).toMatchObject([{ verified_by: 'secret 1' }, { verified_by: 'secret 2' }]);
  });

  it('one fitting signature of several is enough, and v0 is none', async () => {
    const request = stripeRequest(JSON.stringify(stripeEvent('evt_1')));
    const signature = new Headers(request.headers).get('stripe-signature') ?? '';
    const send = (header: string) =>
      fetch(`${receiver.url}${path}`, { ...request, headers: { 'stripe-signature': header } });
    const [time = '', v1 = ''] = signature.split(',');
    expect((await send(`${time},v1=${'0'.repeat(64)},v0=ab,${v1}`)).status).toBe(200);
    expect((await send(`${time},${v1.replace('v1', 'v0')}`)).status).toBe(400);
  });

  it.each([
    ['no signature', {}],
    ['an empty one', { 'stripe-signature': '' }],
    ['nonsense', { 'stripe-signature': 't=,v1=,,,==' }],
    ['no time', { 'stripe-signature': `v1=${'a'.repeat(64)}` }],
    ['a time that is none', { 'stripe-signature': `t=NaN,v1=${'a'.repeat(64)}` }],
  ])('%s is refused', async (_what, headers) => {
    const body = JSON.stringify(stripeEvent('evt_1'));
    const request = fetch(`${receiver.url}${path}`, { method: 'POST', body, headers });
    expect(await outcomeOf(request)).toEqual({ status: 400, stored: 0 });
  });

  it('a body that was changed on the way is refused', async () => {
    const request = stripeRequest(JSON.stringify(stripeEvent('evt_1')));
    const changed = { ...request, body: `${request.body} ` };
    expect(await outcomeOf(fetch(`${receiver.url}${path}`, changed))).toEqual({ status: 400, stored: 0 });
  });

  it.each([
    ['no JSON', '{"id":'],
    ['no object', '[]'],
    ['null', 'null'],
    ['an event without an id', JSON.stringify({ ...stripeEvent('x'), id: undefined })],
    ['an id that is no text', JSON.stringify({ ...stripeEvent('x'), id: 4 })],
    ['an id with a NUL in it', JSON.stringify({ ...stripeEvent('x'), id: 'evt_\u0000' })],
    ['an id that is far too long', JSON.stringify({ ...stripeEvent('x'), id: 'e'.repeat(300) })],
    ['a time beyond all calendars', JSON.stringify({ ...stripeEvent('x'), created: 1e15 })],
    ['a type that is none', JSON.stringify({ ...stripeEvent('x'), type: { a: 1 } })],
    ['deeply nested', `{"id":"evt_1","type":"a","created":1,"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('what is signed but no event is refused: %s', async (_what, body) => {
    expect(await outcomeOf(fetch(`${receiver.url}${path}`, stripeRequest(body)))).toEqual({ status: 400, stored: 0 });
  });

  it('a signature that is sent again later is refused', async () => {
    const request = stripeRequest(JSON.stringify(stripeEvent('evt_1')), { time: now() - 400 });
    expect(await outcomeOf(fetch(`${receiver.url}${path}`, request))).toEqual({ status: 400, stored: 0 });
  });
});

describe('Twilio', () => {
  const sms = '/webhooks/twilio/sms';
  const status = '/webhooks/twilio/status';

  it('a status callback has no id and no time: the message, status and error code are its key', async () => {
    expect((await sendTwilio(receiver.url, status, statusOf('SM1', 'sent'))).status).toBe(200);
    expect(
      (await sendTwilio(receiver.url, status, statusOf('SM1', 'undelivered', { ErrorCode: '30003' }))).status,
    ).toBe(200);
    expect(await inbox()).toMatchObject([
      { source: 'twilio', dedupe_key: 'SM1:sent:', event_type: 'sms.status', subject: 'SM1', verified_by: 'secret 1' },
      { dedupe_key: 'SM1:undelivered:30003' },
    ]);
    const [row] = await inbox();
    expect(row?.headers).toEqual({ 'content-type': 'application/x-www-form-urlencoded' });
    expect(row?.occurred_at).toEqual(row?.received_at);
  });

  it('the same signature again is acknowledged, and no second event', async () => {
    const request = twilioRequest(status, statusOf('SM1', 'delivered'));
    for (const _ of [1, 2, 3]) expect((await fetch(`${receiver.url}${status}`, request)).status).toBe(200);
    expect(await inbox()).toMatchObject([{ delivery_count: 3, conflict_count: 0 }]);
  });

  it('the URL that is signed is the public one, with its query, whatever the Host header says', async () => {
    const path = `${status}?tenant=1&q=it's`;
    const request = twilioRequest(status, statusOf('SM1', 'sent'), { signedUrl: `${PUBLIC_URL}${path}` });
    expect((await fetch(`${receiver.url}${path}`, request)).status).toBe(200);
    const local = twilioRequest(status, statusOf('SM2', 'sent'), { signedUrl: `${receiver.url}${status}` });
    expect(await outcomeOf(fetch(`${receiver.url}${status}`, local))).toEqual({ status: 403, stored: 1 });
  });

  it('parameters that occur twice, are empty or not ASCII are signed as they are', async () => {
    const parameters = inbound('SM1', { Body: 'Zwölf Äpfel & 50% + ☕', FromCity: '' });
    const response = sendTwilio(receiver.url, sms, parameters, {});
    await database.query(`SELECT 1`);
    await expect.poll(async () => (await inbox()).length).toBe(1);
    await database.query(`UPDATE ops.webhook_inbox SET status = 'ignored'`);
    expect((await response).status).toBe(200);
    const [row] = await inbox();
    expect(Object.fromEntries(new URLSearchParams(row?.body.toString('utf8')))).toEqual(parameters);
    const twice = 'MessageSid=SM2&MessageStatus=sent&AccountSid=AC00000000000000000000000000000001&Tag=b&Tag=a';
    const signature = twilio.getExpectedTwilioSignature('twiliosecond', `${PUBLIC_URL}${status}`, {
      MessageSid: 'SM2',
      MessageStatus: 'sent',
      AccountSid: SECRETS.TWILIO_ACCOUNT_SID,
      Tag: ['b', 'a'],
    });
    const answer = await fetch(`${receiver.url}${status}`, {
      method: 'POST',
      body: twice,
      headers: { 'x-twilio-signature': signature },
    });
    expect(answer.status).toBe(200);
    expect((await inbox())[1]).toMatchObject({ verified_by: 'secret 2' });
  });

  it('JSON is covered by the hash in the URL, and by nothing else', async () => {
    const send = (body: string, signed: string) => {
      const path = `${status}?bodySHA256=${createHash('sha256').update(signed).digest('hex')}`;
      const signature = twilio.getExpectedTwilioSignature('twiliofirst', `${PUBLIC_URL}${path}`, {});
      const headers = { 'content-type': 'application/json', 'x-twilio-signature': signature };
      return fetch(`${receiver.url}${path}`, { method: 'POST', body, headers });
    };
    const body = JSON.stringify(statusOf('SM1', 'sent'));
    expect(await outcomeOf(send(body, body))).toEqual({ status: 200, stored: 1 });
    expect(await outcomeOf(send(JSON.stringify(statusOf('SM2', 'sent')), body))).toEqual({ status: 403, stored: 1 });
    const bare = twilio.getExpectedTwilioSignature('twiliofirst', `${PUBLIC_URL}${status}`, {});
    const headers = { 'content-type': 'application/json', 'x-twilio-signature': bare };
    expect((await fetch(`${receiver.url}${status}`, { method: 'POST', body, headers })).status).toBe(403);
  });

  it('callbacks of another account are refused, although the signature fits', async () => {
    const other = statusOf('SM1', 'sent', { AccountSid: 'AC00000000000000000000000000000002' });
    expect(await outcomeOf(sendTwilio(receiver.url, status, other))).toEqual({ status: 403, stored: 0 });
    const { AccountSid: _, ...none } = statusOf('SM1', 'sent');
    expect(await outcomeOf(sendTwilio(receiver.url, status, none))).toEqual({ status: 403, stored: 0 });
  });

  it.each([
    ['no signature', {}],
    ['an empty one', { 'x-twilio-signature': '' }],
    ['one that is none', { 'x-twilio-signature': 'null' }],
  ])('%s is a 403', async (_what, headers) => {
    const body = new URLSearchParams(statusOf('SM1', 'sent')).toString();
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...headers };
    expect(await outcomeOf(fetch(`${receiver.url}${status}`, { method: 'POST', body, headers: form }))).toEqual({
      status: 403,
      stored: 0,
    });
  });

  it('a form with thousands of parameters is not even sorted', async () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`p${index}`, 'x']));
    expect((await sendTwilio(receiver.url, status, { ...statusOf('SM1', 'sent'), ...many })).status).toBe(403);
  });

  it.each([
    ['no MessageSid', { MessageStatus: 'sent' }],
    ['no status', { MessageSid: 'SM1' }],
    ['a status that is none', { MessageSid: 'SM1', MessageStatus: 'a b\u0000' }],
  ])('what is signed but no callback is a 400: %s', async (_what, parameters) => {
    const signed = { AccountSid: SECRETS.TWILIO_ACCOUNT_SID, ...parameters };
    expect(await outcomeOf(sendTwilio(receiver.url, status, signed))).toEqual({ status: 400, stored: 0 });
  });
});

describe('EZTexting', () => {
  const sms = '/webhooks/eztexting/sms';
  const status = '/webhooks/eztexting/status';

  it('texts and statuses, signed in hexadecimal or base64', async () => {
    expect(
      (await sendEztexting(receiver.url, sms, { MessageID: 77, Message: 'hi', PhoneNumber: '4045550101' })).status,
    ).toBe(200);
    const sent = { MessageId: 'ez-1', Status: 'Delivered' };
    expect(
      (await sendEztexting(receiver.url, status, sent, { secret: 'eztextingsecond', encoding: 'base64' })).status,
    ).toBe(200);
    expect(await inbox()).toMatchObject([
      { source: 'eztexting', dedupe_key: '77', event_type: 'sms.inbound', subject: '77', verified_by: 'secret 1' },
      { dedupe_key: 'ez-1:Delivered:', event_type: 'sms.status', subject: 'ez-1', verified_by: 'secret 2' },
    ]);
  });

  it('a wrong secret, or none, is refused', async () => {
    expect(await outcomeOf(sendEztexting(receiver.url, sms, { id: 'a' }, { secret: 'other' }))).toEqual({
      status: 403,
      stored: 0,
    });
    const bare = fetch(`${receiver.url}${sms}`, { method: 'POST', body: '{"id":"a"}' });
    expect(await outcomeOf(bare)).toEqual({ status: 403, stored: 0 });
  });

  it.each([[{}], [{ id: '' }], [{ id: 1.5 }], [[]], ['text'], [null]])(
    'what is signed but no message is a 400: %j',
    async (value) => {
      expect(await outcomeOf(sendEztexting(receiver.url, sms, value))).toEqual({ status: 400, stored: 0 });
    },
  );
});

describe('the same event more than once', () => {
  it('another content with the same id: the first one stays, and the conflict is counted', async () => {
    await sendStripe(receiver.url, stripeEvent('evt_1', { pending_webhooks: 2 }));
    await sendStripe(receiver.url, stripeEvent('evt_1', { pending_webhooks: 1 }));
    expect(await inbox()).toMatchObject([{ delivery_count: 2, conflict_count: 0 }]);
    expect((await sendStripe(receiver.url, stripeEvent('evt_1', { type: 'charge.refunded' }))).status).toBe(200);
    const [row] = await inbox();
    expect(row).toMatchObject({ event_type: 'payment_intent.succeeded', delivery_count: 3, conflict_count: 1 });
    expect(JSON.parse(String(row?.body))).toMatchObject({ pending_webhooks: 2 });
  });

  it('200 at once are one event, all acknowledged, all counted', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => sendStripe(receiver.url, stripeEvent('evt_1'))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(200).fill(200));
    expect(await inbox()).toMatchObject([{ delivery_count: 200, conflict_count: 0 }]);
  });

  it('are acknowledged while a worker holds the event, and counted afterwards', async () => {
    await sendStripe(receiver.url, stripeEvent('evt_1'));
    const worker = await database.connect();
    await worker.query(`BEGIN; SELECT * FROM ops.webhook_inbox FOR UPDATE`);
    expect((await sendStripe(receiver.url, stripeEvent('evt_1'))).status).toBe(200);
    expect((await sendStripe(receiver.url, stripeEvent('evt_2'))).status).toBe(200);
    expect(await inbox()).toMatchObject([{ delivery_count: 1 }, { delivery_count: 1 }]);
    await worker.query(`COMMIT`);
    await expect.poll(async () => (await inbox())[0]?.delivery_count, { timeout: 5_000 }).toBe(2);
  });
});

describe('the reply to an SMS', () => {
  const sms = '/webhooks/twilio/sms';
  const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

  async function answerTo(parameters: Record<string, string>, work: string): Promise<string> {
    const response = sendTwilio(receiver.url, sms, parameters);
    await expect.poll(async () => (await inbox()).length).toBe(1);
    await database.query(work);
    const { status, headers } = await response;
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'text/xml; charset=utf-8' });
    return (await response).text();
  }

  const REPLY = `
    INSERT INTO ops.webhook_replies (event_id, body) SELECT id, 'Fish & <chips> ☕' || chr(7) FROM ops.webhook_inbox;
    UPDATE ops.webhook_inbox SET status = 'processed', processed_at = now(), outcome = 'ordered'`;

  it('is the answer to its delivery, and again to a repeated one', async () => {
    const expected =
      '<?xml version="1.0" encoding="UTF-8"?><Response><Message>Fish &amp; &lt;chips&gt; ☕</Message></Response>';
    expect(await answerTo(inbound('SM1'), REPLY)).toBe(expected);
    const { rows } = await database.query<{ handed_out_at: Date | null }>(
      'SELECT handed_out_at FROM ops.webhook_replies',
    );
    expect(rows[0]?.handed_out_at).toBeInstanceOf(Date);
    const again = await sendTwilio(receiver.url, sms, inbound('SM1'));
    expect(await again.text()).toBe(expected);
    expect((await database.query('SELECT handed_out_at FROM ops.webhook_replies')).rows).toEqual(rows);
    expect(await inbox()).toMatchObject([{ delivery_count: 2 }]);
  });

  it('is empty where the message has none', async () => {
    expect(await answerTo(inbound('SM1'), `UPDATE ops.webhook_inbox SET status = 'ignored', outcome = 'a word'`)).toBe(
      EMPTY,
    );
  });
});
