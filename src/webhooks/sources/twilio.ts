import * as z from 'zod';
import type { VerifiedEvent } from '../event.js';
import {
  codeText,
  type Delivery,
  type Endpoint,
  hashOf,
  idText,
  type MessageKind,
  type Origin,
  parseJson,
  received,
} from './source.js';

/** Twilio sends some forty; to read, sort and sign many thousands would be work for whoever asks. */
const MAX_PARAMETERS = 200;

type Parameters = Record<string, unknown>;
const JsonSchema = z.record(z.string(), z.unknown());

const MessageSchema = z.object({ MessageSid: idText });
const StatusSchema = z.object({
  MessageStatus: z.string().regex(/^[\w-]{1,40}$/),
  ErrorCode: codeText,
});

export interface TwilioSecrets {
  authTokens: readonly string[];
  accountSid: string;
}

/** The routes for Twilio, with the SDK's verification. */
export async function twilioEndpoints(secrets: TwilioSecrets): Promise<Endpoint[]> {
  // Not the whole SDK, of which this is a fiftieth.
  const { validateRequest, validateRequestWithBody } = await import('twilio/lib/webhooks/webhooks.js');
  const signedBy = ({ url, body }: Delivery, signature: string, form: Parameters | null) =>
    secrets.authTokens.findIndex((token) => {
      try {
        return form === null
          ? validateRequestWithBody(token, signature, url, body.toString('utf8'))
          : validateRequest(token, signature, url, form);
      } catch {
        return false; // a URL that is none
      }
    });
  const endpoint = (path: string, kind: MessageKind): Endpoint => ({
    source: 'twilio',
    path,
    refusedStatus: 403,
    replies: kind === 'sms.inbound',
    receive(delivery) {
      const signature = delivery.headers['x-twilio-signature'];
      if (typeof signature !== 'string' || signature === '') return { refused: 'signature' };
      const isJson = /^application\/json\b/i.test(String(delivery.headers['content-type'] ?? ''));
      const form = isJson ? null : readForm(delivery.body);
      if (!isJson && form === null) return { refused: 'signature' };
      const index = signedBy(delivery, signature, form);
      if (index === -1) return { refused: 'signature' };
      const parameters = form ?? JsonSchema.safeParse(parseJson(delivery.body.toString('utf8'))).data;
      if (parameters === undefined) return { refused: 'body' };
      // The signature joins names and values without delimiters, so what it covers can be read in more than one way.
      if (parameters.AccountSid !== secrets.accountSid) return { refused: 'account' };
      return received(
        readTwilio(kind, parameters, {
          verifiedBy: `secret ${index + 1}`,
          body: delivery.body,
          headers: keptHeaders(delivery),
        }),
      );
    },
  });
  return [endpoint('/webhooks/twilio/sms', 'sms.inbound'), endpoint('/webhooks/twilio/status', 'sms.status')];
}

const KEPT_HEADERS = ['content-type', 'i-twilio-idempotency-token'];

/** What is needed to read the body again, and Twilio's own hint at copies; each of a bounded length. */
function keptHeaders({ headers }: Delivery): Record<string, string> {
  const kept = KEPT_HEADERS.map((name): [string, string] => [name, String(headers[name] ?? '').slice(0, 200)]);
  return Object.fromEntries(kept.filter(([, value]) => value !== ''));
}

/** The parameters of a form, lists where a name occurs more than once; null where there are too many. */
export function readForm(body: Buffer): Record<string, string | string[]> | null {
  const text = body.toString('utf8');
  // Before they are parsed: to decode thousands of broken ones takes a fifth of a second.
  if (text.split('&', MAX_PARAMETERS + 1).length > MAX_PARAMETERS) return null;
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? (list[0] ?? '') : list]));
}

/** The event that the parameters of a callback are; null where they are none. For values that somebody vouches for. */
export function readTwilio(kind: MessageKind, parameters: unknown, origin: Origin): VerifiedEvent | null {
  const message = MessageSchema.safeParse(parameters).data;
  const status = kind === 'sms.inbound' ? null : StatusSchema.safeParse(parameters).data;
  if (message === undefined || status === undefined) return null;
  const sid = message.MessageSid;
  return {
    source: 'twilio',
    dedupeKey: status === null ? sid : `${sid}:${status.MessageStatus}:${status.ErrorCode}`,
    type: kind,
    subject: sid,
    occurredAt: null,
    ...origin,
    contentHash: hashOf(parameters),
  };
}
