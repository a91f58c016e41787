import * as z from 'zod';
import type { VerifiedEvent } from '../event.js';
import { type Endpoint, hashOf, idText, isId, type Origin, parseJson, received } from './source.js';

/** How far the time of a signature may be from our clock, either way. */
const TOLERANCE_S = 300;
const LAST_SECOND = 253_402_300_799; // of the year 9999

const EventSchema = z.object({
  id: idText,
  type: z.string().regex(/^[\w.]{1,100}$/),
  created: z.union([z.int().min(0).max(LAST_SECOND), z.iso.datetime({ offset: true })]),
  data: z.unknown().optional(),
});

/** The route for Stripe, with the SDK's verification. */
export async function stripeEndpoint(secrets: readonly string[]): Promise<Endpoint> {
  const { default: Stripe } = await import('stripe');
  // The SDK takes one secret and lets signatures of the future pass.
  const signedBy = (text: string, header: string, now: number) =>
    secrets.findIndex((secret) => {
      try {
        return Stripe.webhooks.signature?.verifyHeader(text, header, secret, TOLERANCE_S, undefined, now) === true;
      } catch {
        return false;
      }
    });
  return {
    source: 'stripe',
    path: '/webhooks/stripe',
    refusedStatus: 400,
    replies: false,
    receive({ headers, body, now }) {
      const header = headers['stripe-signature'];
      if (typeof header !== 'string') return { refused: 'signature' };
      if (isOutOfTime(header, now)) return { refused: 'expired' };
      const text = body.toString('utf8');
      const index = signedBy(text, header, now);
      if (index === -1) return { refused: 'signature' };
      const origin = { verifiedBy: `secret ${index + 1}`, body, headers: {} };
      return received(readStripe(parseJson(text), origin));
    },
  };
}

/** By the last `t`, which is the one that the SDK takes. */
function isOutOfTime(header: string, now: number): boolean {
  const time = /^(?:.*,)?t=(\d{1,15})/.exec(header)?.[1];
  return time !== undefined && Math.abs(Math.floor(now / 1000) - Number(time)) > TOLERANCE_S;
}

/** The event that a JSON value is; null where it is none. For values that somebody vouches for. */
export function readStripe(value: unknown, origin: Origin): VerifiedEvent | null {
  const parsed = EventSchema.safeParse(value);
  if (!parsed.success) return null;
  const { id, type, created, data } = parsed.data;
  return {
    source: 'stripe',
    dedupeKey: id,
    type,
    subject: subjectOf(data),
    occurredAt: new Date(typeof created === 'number' ? created * 1000 : created).toISOString(),
    ...origin,
    contentHash: hashOf(withoutDelivery(value)),
  };
}

/** What all events about one thing have in common, so that they can be found and replayed together. */
function subjectOf(data: unknown): string | null {
  const object = member(data, 'object');
  const candidates = [
    member(member(object, 'metadata'), 'orderId'),
    ...['payment_intent', 'subscription', 'charge', 'id'].map((name) => member(object, name)),
  ];
  return candidates.find(isId) ?? null;
}

/** For what may be of any form: a member of an object, undefined of anything else. */
function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/** Stripe counts the deliveries that it still has to make in the event itself. */
function withoutDelivery(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { ...value, pending_webhooks: undefined } : value;
}
