import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { VerifiedEvent } from '../event.js';
import {
  codeText,
  type Endpoint,
  hashOf,
  idText,
  type MessageKind,
  type Origin,
  parseJson,
  received,
} from './source.js';

const id = z.union([idText, z.int().nonnegative().transform(String)]).optional();

const MessageSchema = z.object({ MessageID: id, MessageId: id, id });
const StatusSchema = z.object({
  Status: z.string().regex(/^[\w -]{1,40}$/),
  ErrorCode: codeText,
});

/** The routes for EZTexting, which has no SDK. */
export function eztextingEndpoints(secrets: readonly string[]): Endpoint[] {
  const endpoint = (path: string, kind: MessageKind): Endpoint => ({
    source: 'eztexting',
    path,
    refusedStatus: 403,
    replies: false,
    receive({ headers, body }) {
      const signature = headers['x-signature'];
      if (typeof signature !== 'string') return { refused: 'signature' };
      const index = secrets.findIndex((secret) => isSignedWith(secret, signature, body));
      if (index === -1) return { refused: 'signature' };
      const origin = { verifiedBy: `secret ${index + 1}`, body, headers: {} };
      return received(readEztexting(kind, parseJson(body.toString('utf8')), origin));
    },
  });
  return [endpoint('/webhooks/eztexting/sms', 'sms.inbound'), endpoint('/webhooks/eztexting/status', 'sms.status')];
}

/** HMAC-SHA1 of the body, in hexadecimal or base64. */
function isSignedWith(secret: string, signature: string, body: Buffer): boolean {
  const expected = createHmac('sha1', secret).update(body).digest();
  const given = Buffer.from(signature, /^[0-9a-f]{40}$/i.test(signature) ? 'hex' : 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The event that a JSON value is; null where it is none. For values that somebody vouches for. */
export function readEztexting(kind: MessageKind, value: unknown, origin: Origin): VerifiedEvent | null {
  const ids = MessageSchema.safeParse(value).data;
  const message = ids?.MessageID ?? ids?.MessageId ?? ids?.id;
  const status = kind === 'sms.inbound' ? null : StatusSchema.safeParse(value).data;
  if (message === undefined || status === undefined) return null;
  return {
    source: 'eztexting',
    dedupeKey: status === null ? message : `${message}:${status.Status}:${status.ErrorCode}`,
    type: kind,
    subject: message,
    occurredAt: null,
    ...origin,
    contentHash: hashOf(value),
  };
}
