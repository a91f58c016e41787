import { Agent, type ClientRequest, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatedEvent, Traffic } from './traffic.js';

/** Longer than any provider waits. */
const ANSWER_TIMEOUT_MS = 15_000;
/** Deliveries under way at once; with more, the rate gives way. */
const MOST_UNDER_WAY = 512;

export interface SendOptions {
  /** Without a slash at its end. */
  url: string;
  /** Deliveries a second. */
  rate: number;
  signal: AbortSignal;
  onProgress(sent: number, of: number): void;
}

export interface Sent {
  /** Deliveries by their answer: `200`, `503`, `no answer`, `ECONNREFUSED`. */
  answers: Map<string, number>;
  /** From sending to the end of the answer, of those with one, in milliseconds, ascending. */
  latencies: number[];
  durationMs: number;
}

/** Delivers at a rate, whatever the receiver does, as a provider would. Rejects with the signal's reason. */
export async function send(
  deliveries: readonly SimulatedEvent[],
  traffic: Traffic,
  { url, rate, signal, onProgress }: SendOptions,
): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_UNDER_WAY, maxFreeSockets: MOST_UNDER_WAY });
  const requests = new Set<ClientRequest>();
  const onAbort = () => {
    for (const each of requests) each.destroy();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const sent: Sent = { answers: new Map(), latencies: [], durationMs: 0 };
  const underWay = new Set<Promise<void>>();
  const started = performance.now();
  try {
    for (const [index, event] of deliveries.entries()) {
      const wait = started + (index * 1000) / rate - performance.now();
      if (wait > 1) await sleep(wait, undefined, { signal }).catch(() => undefined);
      while (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
      signal.throwIfAborted();
      const headers = { 'content-type': event.contentType, ...traffic.sign(event) };
      const delivery = deliver(`${url}${event.path}`, event.body, headers, agent, requests)
        .then(({ answer, ms }) => {
          sent.answers.set(answer, (sent.answers.get(answer) ?? 0) + 1);
          if (ms !== null) sent.latencies.push(ms);
        })
        .finally(() => underWay.delete(delivery));
      underWay.add(delivery);
      onProgress(index + 1, deliveries.length);
    }
    await Promise.all(underWay);
    signal.throwIfAborted();
    sent.durationMs = performance.now() - started;
    sent.latencies.sort((a, b) => a - b);
    return sent;
  } finally {
    signal.removeEventListener('abort', onAbort);
    agent.destroy();
  }
}

interface Answer {
  answer: string;
  ms: number | null;
}

function deliver(
  url: string,
  body: Buffer,
  headers: Record<string, string>,
  agent: Agent,
  requests: Set<ClientRequest>,
): Promise<Answer> {
  return new Promise((resolve) => {
    const started = performance.now();
    const sending = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } });
    const finish = (answer: Answer) => {
      clearTimeout(timer);
      requests.delete(sending);
      resolve(answer);
    };
    const timer = setTimeout(() => {
      finish({ answer: 'no answer', ms: null });
      sending.destroy();
    }, ANSWER_TIMEOUT_MS);
    requests.add(sending);
    sending.on('response', (response) => {
      response.resume();
      response.on('end', () => finish({ answer: String(response.statusCode), ms: performance.now() - started }));
      response.on('error', () => finish({ answer: 'no answer', ms: null }));
    });
    sending.on('error', (error: NodeJS.ErrnoException) => finish({ answer: error.code ?? 'no answer', ms: null }));
    sending.end(body);
  });
}
