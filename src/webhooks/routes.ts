import type { IncomingMessage } from 'node:http';
import type { Logger } from '../logger.js';
import { createBadSenders } from './bad-senders.js';
import { readBytes } from './http-body.js';
import type { Metrics } from './metrics.js';
import type { Accepted, Receiver } from './receiver.js';
import { type Replies, twiml } from './replies.js';
import type { Endpoint } from './sources/source.js';

/** What a request is answered with. */
export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/** Answers a request. Rejects with a BodyError, with the connection's error, or where something is wrong with us. */
export type Route = (request: IncomingMessage) => Promise<Answer>;

export interface RoutesOptions {
  /** What providers call, without a path of its own; null where no provider signs it. */
  publicUrl: string | null;
  endpoints: readonly Endpoint[];
  receiver: Receiver;
  replies: Replies;
  metrics: Metrics;
  /** The address that a request is from; undefined where it has gone. */
  senderOf(request: IncomingMessage): string | undefined;
  /** What keeps it from taking events; empty where it can. */
  trouble(): Promise<string[]>;
  log: Logger;
}

const MAX_BODY_BYTES = 256 * 1024;
const RETRY_AFTER_S = 30;

export const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
});

/** The routes by method and path: `POST /webhooks/stripe`. */
export function createRoutes(options: RoutesOptions): ReadonlyMap<string, Route> {
  const { metrics, trouble } = options;
  const refuse = createRefusal(options);
  return new Map<string, Route>([
    ...options.endpoints.map((each): [string, Route] => [`POST ${each.path}`, receivingRoute(each, refuse, options)]),
    ['GET /livez', async () => json(200, { live: true })],
    [
      'GET /readyz',
      async () => {
        const reasons = await trouble();
        return json(reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons });
      },
    ],
    [
      'GET /metrics',
      async () => ({ status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.text() }),
    ],
  ]);
}

function receivingRoute(endpoint: Endpoint, refuse: Refuse, options: RoutesOptions): Route {
  const { receiver, replies, metrics, publicUrl } = options;
  return async (request) => {
    const body = await readBytes(request, MAX_BODY_BYTES);
    const begun = performance.now();
    const { headers, url } = request;
    const received = endpoint.receive({ url: `${publicUrl ?? ''}${url}`, headers, body, now: Date.now() });
    if ('refused' in received) return refuse(request, endpoint, received.refused);
    const accepted = await receiver.accept(received.event);
    if (accepted.kind === 'busy' || accepted.kind === 'unavailable') {
      metrics.rejected(endpoint.source, accepted.kind);
      const again = json(503, { error: 'try again later' });
      return { ...again, headers: { ...again.headers, 'retry-after': String(RETRY_AFTER_S) } };
    }
    metrics.received(endpoint.source, kindOf(accepted), (performance.now() - begun) / 1000);
    if (!endpoint.replies) return { status: 200 };
    const text = accepted.kind === 'stored' ? await replies.wait(accepted.id) : null;
    return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: twiml(text) };
  };
}

function kindOf(accepted: Accepted): 'new' | 'repeated' | 'spooled' {
  if (accepted.kind !== 'stored') return 'spooled';
  return accepted.isNew ? 'new' : 'repeated';
}

type Refuse = (request: IncomingMessage, endpoint: Endpoint, reason: string) => Answer;

/** A body that is signed is no attack; all else counts against its address. */
function createRefusal({ metrics, log, senderOf }: RoutesOptions): Refuse {
  const badSenders = createBadSenders();
  return (request, { source, refusedStatus }, reason) => {
    metrics.rejected(source, reason);
    if (reason === 'body') return json(400, { error: 'refused' });
    const isTooMany = badSenders.isTooMany(senderOf(request), Date.now());
    log.debug({ source, reason, isTooMany }, 'a delivery was refused');
    return json(isTooMany ? 429 : refusedStatus, { error: 'refused' });
  };
}
