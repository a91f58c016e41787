import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, unknown>;
  body: string;
}

/** What a server does with a request: a status and a body, or whatever a test does with the response. */
export type Answer =
  | { status: number; body?: string; headers?: Record<string, string> }
  | ((to: ServerResponse) => void);

export interface HttpServer {
  url: string;
  /** In the order of arrival. */
  received: Received[];
}

/** A server on this machine that goes away with the test. Answers in turn, the last one for all that follows. */
export async function listen(...answers: Answer[]): Promise<HttpServer> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
    const { method = '', headers } = request;
    received.push({ method, path: pathname, query: searchParams, headers, body: await text(request) });
    const answer = answers[Math.min(received.length, answers.length) - 1] ?? { status: 200, body: 'ok' };
    if (typeof answer === 'function') answer(response);
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, received };
}

/** Never answers. */
export const HANG: Answer = () => undefined;

/** Closes the connection in place of an answer. */
export const CLOSE: Answer = (response) => response.destroy();

/** Where nothing listens: a port that was free a moment ago. */
export async function unusedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
