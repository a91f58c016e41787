import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { describe } from '../db/errors.js';
import { SmsfoodError, systemCode } from '../errors.js';
import type { Logger } from '../logger.js';
import { type BadSenders, createBadSenders } from './bad-senders.js';
import type { Metrics } from './metrics.js';
import type { Accepted, Receiver } from './receiver.js';
import { type Replies, twiml } from './replies.js';
import type { Endpoint } from './sources/source.js';

/** The HTTP server, listening. */
export interface ReceivingServer {
  /** `http://127.0.0.1:8787`. */
  address: string;
  /** Takes no more requests, and resolves when those under way are answered, or after so many milliseconds. */
  stop(withinMs: number): Promise<void>;
}

export interface ServerOptions {
  host: string;
  port: number;
  /** What providers call, without a path of its own; null where no provider signs it. */
  publicUrl: string | null;
  trustedProxies: readonly string[];
  endpoints: readonly Endpoint[];
  receiver: Receiver;
  replies: Replies;
  metrics: Metrics;
  /** What keeps it from taking events; empty where it can. */
  trouble(): Promise<string[]>;
  log: Logger;
}

const MAX_BODY_BYTES = 256 * 1024;
const MAX_CONNECTIONS = 2_000;
const RETRY_AFTER_S = 30;

/** All limits are set: none of the defaults bounds how long a sender may take. */
const LIMITS = {
  bodyLimit: MAX_BODY_BYTES,
  requestTimeout: 10_000,
  connectionTimeout: 30_000,
  keepAliveTimeout: 30_000,
  maxRequestsPerSocket: 10_000,
  http: { headersTimeout: 5_000, maxHeaderSize: 16_384, connectionsCheckingInterval: 1_000 },
} as const;

/** Starts to listen. Throws PORT_UNAVAILABLE. */
export async function startServer(options: ServerOptions): Promise<ReceivingServer> {
  const { default: fastify } = await import('fastify');
  const { trustedProxies, log } = options;
  const app = fastify({
    ...LIMITS,
    logger: false,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  takeBodiesAsTheyAre(app);
  const badSenders = createBadSenders();
  for (const endpoint of options.endpoints) addEndpoint(app, endpoint, badSenders, options);
  addOwnRoutes(app, options);
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));
  app.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    options.metrics.rejected('none', status === 413 ? 'too large' : status === 503 ? 'internal' : 'bad request');
    if (status === 503) log.error({ err: error }, 'a request failed');
    return reply.code(status).send({ error: 'refused' });
  });
  const address = await listen(app, options);
  return {
    address,
    async stop(withinMs) {
      const closed = app.close();
      const timer = setTimeout(() => app.server.closeAllConnections(), withinMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function listen(app: FastifyInstance, { host, port }: ServerOptions): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const isTaken = systemCode(error) === 'EADDRINUSE';
    const reason = isTaken ? 'something listens there already' : describe(error);
    throw new SmsfoodError(
      'PORT_UNAVAILABLE',
      `Cannot listen on ${host}:${port}: ${reason}.`,
      'End what listens there, or choose another --port or --host.',
      { cause: error },
    );
  }
}

/** Signatures are over bytes, so no parser may touch them; and what is compressed could be of any size. */
function takeBodiesAsTheyAre(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, ({ headers }, body, done) => {
    const encoding = headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') done(null, body);
    else done(Object.assign(new Error('compressed bodies are not accepted'), { statusCode: 415 }));
  });
}

function addEndpoint(app: FastifyInstance, endpoint: Endpoint, badSenders: BadSenders, options: ServerOptions): void {
  const { receiver, replies, metrics, publicUrl } = options;
  app.post(endpoint.path, async (request, reply) => {
    const begun = performance.now();
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { headers, url } = request;
    const received = endpoint.receive({ url: `${publicUrl ?? ''}${url}`, headers, body, now: Date.now() });
    if ('refused' in received) return refuse(request, reply, endpoint, received.refused, badSenders, options);
    const accepted = await receiver.accept(received.event);
    if (accepted.kind === 'busy' || accepted.kind === 'unavailable') {
      metrics.rejected(endpoint.source, accepted.kind);
      return reply.code(503).header('retry-after', RETRY_AFTER_S).send({ error: 'try again later' });
    }
    metrics.received(endpoint.source, kindOf(accepted), (performance.now() - begun) / 1000);
    if (!endpoint.replies) return reply.code(200).send();
    const text = accepted.kind === 'stored' ? await replies.wait(accepted.id) : null;
    return reply.code(200).type('text/xml; charset=utf-8').send(twiml(text));
  });
}

function kindOf(accepted: Accepted): 'new' | 'repeated' | 'spooled' {
  if (accepted.kind !== 'stored') return 'spooled';
  return accepted.isNew ? 'new' : 'repeated';
}

/** A body that is signed is no attack; all else counts against its address. */
function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  { source, refusedStatus }: Endpoint,
  reason: string,
  badSenders: BadSenders,
  { metrics, log }: ServerOptions,
): FastifyReply {
  metrics.rejected(source, reason);
  if (reason === 'body') return reply.code(400).send({ error: 'refused' });
  const isTooMany = badSenders.isTooMany(request.ip, Date.now());
  log.debug({ source, reason, isTooMany }, 'a delivery was refused');
  return reply.code(isTooMany ? 429 : refusedStatus).send({ error: 'refused' });
}

function addOwnRoutes(app: FastifyInstance, { metrics, trouble }: ServerOptions): void {
  app.get('/livez', (_request, reply) => reply.send({ live: true }));
  app.get('/readyz', async (_request, reply) => {
    const reasons = await trouble();
    return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons });
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}

/** What fastify refuses keeps its 4xx. Nothing else is expected, and says only that it may be tried again. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 503;
}
