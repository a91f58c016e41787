import { setTimeout } from 'node:timers/promises';
import { packageVersion } from '../package-root.js';
import { redact } from '../redaction.js';
import { type Delivery, FIRST_PAUSE_MS, type Patience } from './delivery.js';
import { requestTrouble } from './request.js';

/** What a ping says: work has begun, work has ended with an exit code, or nothing but its text. */
export type PingSignal = 'start' | 'log' | number;

export interface Ping {
  signal: PingSignal;
  /** Lets the service match the end of a run with its beginning. */
  runId: string;
  /** For whoever looks at the check; cut to what services keep. */
  body: string;
}

const BODY_CHARACTERS = 10_000;

/**
 * Tells a service that watches over jobs, in the form of healthchecks.io: URL/start, URL for exit code 0, URL/CODE for any
 * other, URL/log. https://healthchecks.io/docs/http_api/
 */
export async function sendPing(url: URL, ping: Ping, patience: Patience): Promise<Delivery> {
  const target = pingUrl(url, ping);
  const body = redact(ping.body).slice(0, BODY_CHARACTERS);
  for (let attempt = 0; ; attempt++) {
    const { delivered, reason, isFinal } = await post(target, body, patience);
    if (delivered) return { channel: 'ping', delivered, message: `${url.host} was told (${says(ping.signal)}).` };
    if (isFinal || attempt >= patience.retries || patience.signal?.aborted === true)
      return { channel: 'ping', delivered, message: `${url.host} was not told (${says(ping.signal)}): ${reason}.` };
    await setTimeout(FIRST_PAUSE_MS * 2 ** attempt, undefined, { signal: patience.signal }).catch(() => undefined);
  }
}

function pingUrl(url: URL, { signal, runId }: Ping): URL {
  const target = new URL(url);
  target.pathname = target.pathname.replace(/\/$/, '') + (signal === 0 ? '' : `/${signal}`);
  target.searchParams.set('rid', runId);
  return target;
}

function says(signal: PingSignal): string {
  return typeof signal === 'string' ? signal : `exit code ${signal}`;
}

interface Attempt {
  delivered: boolean;
  reason: string;
  /** Another attempt would end the same way. */
  isFinal: boolean;
}

async function post(url: URL, body: string, { timeoutMs, signal }: Patience): Promise<Attempt> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'user-agent': `smsfood/${packageVersion()}` },
      body,
      redirect: 'error',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    return judge(response.status, await beginning(response));
  } catch (error) {
    return { delivered: false, reason: requestTrouble(error, timeoutMs), isFinal: signal?.aborted === true };
  }
}

/** healthchecks.io answers 200 to pings that it ignores too, and says so. */
function judge(status: number, text: string): Attempt {
  const trouble = (reason: string, isFinal: boolean) => ({ delivered: false, reason, isFinal });
  if (text.includes('(not found)')) return trouble('it knows no such check', true);
  if (text.includes('(rate limited)')) return trouble('it was told too often, and did not listen', true);
  if (status >= 200 && status < 300) return { delivered: true, reason: '', isFinal: true };
  if (status === 404) return trouble('it knows no such check (404)', true);
  if (status === 409) return trouble('several checks have that name (409)', true);
  return trouble(`it answered ${status}`, status < 500 && status !== 429);
}

/** Enough of the answer to judge it: whoever answers need not be who we think. */
async function beginning(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > 200) break;
  }
  return text.slice(0, 200);
}
