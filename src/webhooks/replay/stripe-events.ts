import type StripeSdk from 'stripe';
import { SmsfoodError } from '../../errors.js';
import type { VerifiedEvent } from '../event.js';
import { HANDLERS } from '../handlers/index.js';
import { readStripe } from '../sources/stripe.js';

/** Stripe's API lists no event that is older. */
export const WINDOW_DAYS = 30;
/** As long as Stripe takes for one page, and as often as it is asked again. */
const PAGE_TIMEOUT_MS = 20_000;
const RETRIES = 2;
const PAGE = 100;

export interface StripeQuery {
  apiKey: string;
  /** `https://api.stripe.com`, or a server that speaks the same API. */
  apiBase: string;
  /** Created from `since` on, and before `until`. */
  since: string;
  until: string | null;
  /** Exact, or with a `*` at its end; null for all types that smsfood acts on. */
  type: string | null;
  /** Only events that some endpoint has not acknowledged. */
  undelivered: boolean;
  limit: number;
  signal: AbortSignal;
  onPage(count: number): void;
}

export interface StripeEvents {
  /** Oldest first. */
  events: VerifiedEvent[];
  /** True where the limit left out older ones: Stripe lists the newest first. */
  isCut: boolean;
}

/** Throws USAGE where `since` is beyond what Stripe remembers, with the time that is possible. */
export function refuseOldWindow(since: string, now: number): void {
  const earliest = now - WINDOW_DAYS * 86_400_000;
  if (Date.parse(since) >= earliest) return;
  const possible = new Date(Math.ceil(earliest / 60_000) * 60_000).toISOString();
  throw new SmsfoodError(
    'USAGE',
    `--since: Stripe's API lists events of the last ${WINDOW_DAYS} days only: ${possible} is the earliest time that is possible.`,
    'Older events can be replayed from the inbox, where they are kept, or with --from-file.',
  );
}

/** The events that Stripe lists. Throws STRIPE_FAILED where it refuses or cannot be reached. */
export async function listStripeEvents(query: StripeQuery): Promise<StripeEvents> {
  const { default: Stripe } = await import('stripe');
  const stripe = open(Stripe, query);
  const events: VerifiedEvent[] = [];
  let isCut = false;
  try {
    for await (const event of stripe.events.list(parametersOf(query))) {
      query.signal.throwIfAborted();
      if (events.length === query.limit) {
        isCut = true;
        break;
      }
      const body = Buffer.from(JSON.stringify(event));
      const read = readStripe(event, { verifiedBy: 'api', body, headers: { 'content-type': 'application/json' } });
      if (read === null) throw new SmsfoodError('STRIPE_FAILED', "Stripe's API lists something that is no event.");
      events.push(read);
      if (events.length % PAGE === 0) query.onPage(events.length);
    }
  } catch (error) {
    query.signal.throwIfAborted();
    throw stripeTrouble(Stripe, error, query.apiBase);
  }
  return { events: events.reverse(), isCut };
}

function open(Stripe: typeof StripeSdk, { apiKey, apiBase }: StripeQuery): StripeSdk {
  const url = new URL(apiBase);
  const protocol = url.protocol === 'http:' ? 'http' : 'https';
  const isHere = /^(?:127\.[\d.]+|localhost|\[::1\])$/.test(url.hostname);
  if (protocol === 'http' && !isHere) {
    throw new SmsfoodError(
      'CONFIG_INVALID',
      `stripeApiBase: the key would go to ${url.host} unencrypted.`,
      'Use https; http is for a server on this machine.',
    );
  }
  return new Stripe(apiKey, {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (protocol === 'http' ? 80 : 443) : Number(url.port),
    protocol,
    timeout: PAGE_TIMEOUT_MS,
    maxNetworkRetries: RETRIES,
    telemetry: false,
  });
}

/** Types of the handlers that are Stripe's: fewer than the 20 that the API takes. */
const STRIPE_TYPES = [...HANDLERS.keys()].filter((type) => !type.startsWith('sms.'));

function parametersOf({ since, until, type, undelivered }: StripeQuery): StripeSdk.EventListParams {
  const second = (time: string) => Math.floor(Date.parse(time) / 1000);
  return {
    limit: PAGE,
    created: { gte: second(since), ...(until === null ? {} : { lt: second(until) }) },
    ...(type === null ? { types: STRIPE_TYPES } : { type }),
    ...(undelivered ? { delivery_success: false } : {}),
  };
}

/** Stripe's own words are left out: they quote the key. */
function stripeTrouble(Stripe: typeof StripeSdk, error: unknown, apiBase: string): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const make = (message: string, hint: string) => new SmsfoodError('STRIPE_FAILED', message, hint, { cause: error });
  const host = new URL(apiBase).host;
  if (error instanceof Stripe.errors.StripeAuthenticationError)
    return make(
      'Stripe refuses the key.',
      'Check STRIPE_API_KEY: it begins with sk_ or rk_, and is of the right mode.',
    );
  if (error instanceof Stripe.errors.StripePermissionError)
    return make('The key at Stripe may not read events.', 'Give the restricted key the permission to read events.');
  if (error instanceof Stripe.errors.StripeRateLimitError)
    return make('Stripe says that it is asked too often.', 'Run this again in a minute.');
  if (error instanceof Stripe.errors.StripeConnectionError)
    return make(
      `Stripe's API at ${host} cannot be reached, or does not answer.`,
      'Check the network, and stripeApiBase where it is set.',
    );
  const status = error.statusCode === undefined ? '' : ` (HTTP ${error.statusCode})`;
  return make(
    `Stripe's API does not list the events${status}.`,
    'Run this again; see https://status.stripe.com where it persists.',
  );
}
