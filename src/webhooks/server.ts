import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import proxyaddr from 'proxy-addr';
import { describe } from '../db/errors.js';
import { SmsfoodError, systemCode } from '../errors.js';
import { BodyError } from './http-body.js';
import { type Answer, createRoutes, json, type RoutesOptions } from './routes.js';

/** The HTTP server, listening. */
export interface ReceivingServer {
  /** `http://127.0.0.1:8787`. */
  address: string;
  /** Takes no more requests, and resolves when those under way are answered, or after so many milliseconds. */
  stop(withinMs: number): Promise<void>;
}

export interface ServerOptions extends Omit<RoutesOptions, 'senderOf'> {
  host: string;
  port: number;
  trustedProxies: readonly string[];
}

/** All limits are set: none of the defaults bounds how long a sender may take. */
const LIMITS = {
  requestTimeout: 10_000,
  headersTimeout: 5_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
} as const;
const IDLE_MS = 30_000;
const MAX_CONNECTIONS = 2_000;
const MAX_REQUESTS_PER_CONNECTION = 10_000;

const NOT_FOUND = json(404, { error: 'not found' });
const STOPPING = json(503, { error: 'stopping' });

/** Starts to listen. Throws PORT_UNAVAILABLE. */
export async function startServer(options: ServerOptions): Promise<ReceivingServer> {
  const trusted = proxyaddr.compile([...options.trustedProxies]);
  const answer = createAnswerer({ ...options, senderOf: (request) => proxyaddr(request, trusted) });
  let isStopping = false;
  const server = createServer(LIMITS, async (request, response) => {
    const given = isStopping ? STOPPING : await answer(request);
    if (given === null) response.destroy();
    else {
      // The rest of a body that is refused would have to be read before the next request.
      if (isStopping || !request.complete) response.shouldKeepAlive = false;
      send(response, given);
    }
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  server.setTimeout(IDLE_MS);
  return {
    address: await listen(server, options),
    async stop(withinMs) {
      isStopping = true;
      const closed = new Promise((resolve) => server.close(resolve));
      const timer = setTimeout(() => server.closeAllConnections(), withinMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Answers every request; null where its sender has gone. */
function createAnswerer(options: RoutesOptions): (request: IncomingMessage) => Promise<Answer | null> {
  const { metrics, log } = options;
  const routes = createRoutes(options);
  return async (request) => {
    try {
      const route = routes.get(nameOf(request));
      return route === undefined ? NOT_FOUND : await route(request);
    } catch (error) {
      if (request.errored !== null) return null;
      const status = error instanceof BodyError ? error.status : 503;
      metrics.rejected('none', status === 413 ? 'too large' : status === 503 ? 'internal' : 'bad request');
      if (status === 503) log.error({ err: error }, 'a request failed');
      return json(status, { error: 'refused' });
    }
  };
}

/** A route's name. HEAD is answered as GET, and node leaves the body out. */
function nameOf({ method = '', url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return `${method === 'HEAD' ? 'GET' : method} ${query === -1 ? url : url.slice(0, query)}`;
}

function send(response: ServerResponse, { status, headers, body = '' }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function listen(server: Server, { host, port, log }: ServerOptions): Promise<string> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    server.on('error', (error) => log.error({ err: error }, 'the server has trouble'));
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('it listens on no port');
    return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
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
