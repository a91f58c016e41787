import { createHmac, randomInt } from 'node:crypto';
import { happens, pick, twilioId } from './random.js';
import type { Subjects } from './subjects.js';
import type { SimulatedEvent, Traffic } from './traffic.js';

/** What customers write: mostly orders by number. */
const TEXTS = ['MENU', 'menu', '1', '1, 3', '2,2', '3', 'HELP', 'Is the rice still warm?'] as const;
/** Of all messages sent: those that do not arrive. */
const FAILING_PERCENT = 4;
/** Of all that is heard: texts of customers; the rest is word of our own messages. */
const INBOUND_PERCENT = 40;

interface Facts {
  inbound: { from: string; to: string; text: string } | null;
  /** `code` where it did not arrive. */
  status: { sid: string; status: string; code: string | null } | null;
}

/** In turn, what one customer writes, or what becomes of one message. */
function stories(subjects: Subjects): () => Facts[] {
  let place = 0;
  return () => {
    const { messages, conversations } = subjects;
    const index = place++;
    const conversation = conversations[index % conversations.length];
    const sid = messages[index % messages.length];
    if (conversation !== undefined && happens(INBOUND_PERCENT))
      return [{ inbound: { ...conversation, text: pick(TEXTS) }, status: null }];
    if (sid === undefined) throw new Error('no message to simulate events about');
    const end = happens(FAILING_PERCENT)
      ? { status: 'undelivered', code: '30003' }
      : { status: 'delivered', code: null };
    return [
      { inbound: null, status: { sid, status: 'sent', code: null } },
      { inbound: null, status: { sid, ...end } },
    ];
  };
}

export interface TwilioAccount {
  authToken: string;
  accountSid: string;
  /** What stands before the path in the signed URL. */
  publicUrl: string;
}

/** What Twilio reports, as forms. */
export async function twilioTraffic(subjects: Subjects, account: TwilioAccount): Promise<Traffic> {
  const { getExpectedTwilioSignature } = await import('twilio/lib/webhooks/webhooks.js');
  const next = stories(subjects);
  return {
    next: () => next().map((facts) => twilioEvent(facts, account.accountSid)),
    sign: ({ path, body }) => {
      const parameters = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
      const url = `${account.publicUrl}${path}`;
      return { 'x-twilio-signature': getExpectedTwilioSignature(account.authToken, url, parameters) };
    },
  };
}

function twilioEvent({ inbound, status }: Facts, AccountSid: string): SimulatedEvent {
  const contentType = 'application/x-www-form-urlencoded';
  const form = (parameters: Record<string, string>) => Buffer.from(new URLSearchParams(parameters).toString());
  if (inbound !== null) {
    const { from, to, text } = inbound;
    const parameters = { MessageSid: twilioId('SM'), AccountSid, From: from, To: to, Body: text, NumMedia: '0' };
    return { path: '/webhooks/twilio/sms', contentType, body: form({ ...parameters, ApiVersion: '2010-04-01' }) };
  }
  const parameters = {
    MessageSid: status?.sid ?? '',
    MessageStatus: status?.status ?? '',
    AccountSid,
    ...(status?.code == null ? {} : { ErrorCode: status.code }),
  };
  return { path: '/webhooks/twilio/status', contentType, body: form(parameters) };
}

/** What EZTexting reports, as JSON. */
export function eztextingTraffic(subjects: Subjects, secret: string): Traffic {
  const next = stories(subjects);
  return {
    next: () => next().map(eztextingEvent),
    sign: ({ body }) => ({ 'x-signature': createHmac('sha1', secret).update(body).digest('hex') }),
  };
}

/** It writes American numbers without +1. */
function eztextingEvent({ inbound, status }: Facts): SimulatedEvent {
  const contentType = 'application/json';
  const json = (value: Record<string, unknown>) => Buffer.from(JSON.stringify(value));
  if (inbound !== null) {
    const { from, to, text } = inbound;
    const national = (number: string) => number.replace(/^\+1/, '');
    const MessageID = randomInt(1_000_000_000, 2_000_000_000);
    const message = { MessageID, PhoneNumber: national(from), To: national(to), Message: text };
    return { path: '/webhooks/eztexting/sms', contentType, body: json(message) };
  }
  const message = { MessageID: status?.sid, Status: status?.status, ErrorCode: status?.code ?? undefined };
  return { path: '/webhooks/eztexting/status', contentType, body: json(message) };
}
