import { createHmac } from 'node:crypto';
import { tmpdir } from 'node:os';
import Stripe from 'stripe';
import twilio from 'twilio/lib/webhooks/webhooks.js';
import { onTestFinished, vi } from 'vitest';
import { SmsfoodError } from '../../src/errors.js';
import { main } from '../../src/main.js';
import { startProgram } from '../harness/process.js';

export const SECRETS = {
  STRIPE_WEBHOOK_SECRET: 'whsec_first,whsec_second',
  TWILIO_AUTH_TOKEN: 'twiliofirst,twiliosecond',
  TWILIO_ACCOUNT_SID: 'AC00000000000000000000000000000001',
  EZTEXTING_WEBHOOK_SECRET: 'eztextingfirst,eztextingsecond',
};
export const PUBLIC_URL = 'https://hooks.example.com';

export interface Receiver {
  url: string;
  stderr(): string;
  /** Tells it to stop, and resolves to its exit code. */
  stop(): Promise<number | null>;
}

export interface ReceiverOptions {
  databaseUrl: string;
  spool: string;
  env?: Record<string, string>;
  argv?: readonly string[];
}

function commandOf({ databaseUrl, spool, env = {}, argv = [] }: ReceiverOptions) {
  return {
    argv: ['webhooks', 'serve', '--port', '0', '--workers', '0', '--public-url', PUBLIC_URL, '--spool', spool, ...argv],
    env: { ...SECRETS, DATABASE_URL: databaseUrl, ...env },
  };
}

/** Starts the receiver in this process, through the real entry. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { argv, env } = commandOf(options);
  const controller = new AbortController();
  let stderr = '';
  const output = (write: (text: string) => void) => ({ write, isTerminal: false, columns: 80, send: async () => true });
  const ended = main(argv, {
    stdout: output(() => undefined),
    stderr: output((text) => {
      stderr += text;
    }),
    env,
    cwd: tmpdir(),
    signal: controller.signal,
  });
  const url = await listening(() => stderr, ended);
  return {
    url,
    stderr: () => stderr,
    stop() {
      controller.abort(new SmsfoodError('TERMINATED', 'Terminated by the test.'));
      return ended;
    },
  };
}

export interface ReceiverProcess extends Receiver {
  pid: number;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<number | null>;
}

/** Starts the built program in a process of its own. It is killed with the test. */
export async function startReceiverProcess(options: ReceiverOptions): Promise<ReceiverProcess> {
  const { argv, env } = commandOf(options);
  const { child, ended } = startProgram(argv, { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const code = ended.then((outcome) => outcome.code);
  const url = await listening(() => stderr, code);
  return {
    url,
    stderr: () => stderr,
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    ended: code,
    stop() {
      child.kill('SIGTERM');
      return code;
    },
  };
}

async function listening(stderr: () => string, ended: Promise<unknown>): Promise<string> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const find = () => /Listening on (http:\S+)\./.exec(stderr())?.[1];
  await vi.waitUntil(() => find() !== undefined || isOver, { timeout: 20_000 });
  const url = find();
  if (url === undefined) throw new Error(`the receiver ended: ${stderr()}`);
  return url;
}

/** A Stripe event about an order. */
export function stripeEvent(id: string, over: Record<string, unknown> = {}) {
  return {
    id,
    object: 'event',
    type: 'payment_intent.succeeded',
    created: 1_773_000_000,
    pending_webhooks: 1,
    data: { object: { id: `pi_${id}`, object: 'payment_intent', metadata: { orderId: `order-of-${id}` } } },
    ...over,
  };
}

export function stripeRequest(
  body: string,
  { secret = 'whsec_first', time = Math.floor(Date.now() / 1000) }: { secret?: string; time?: number } = {},
): RequestInit {
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: time });
  return { method: 'POST', body, headers: { 'content-type': 'application/json', 'stripe-signature': signature } };
}

export function sendStripe(url: string, event: object, options = {}): Promise<Response> {
  return fetch(`${url}/webhooks/stripe`, stripeRequest(JSON.stringify(event), options));
}

const CALLBACK = { AccountSid: SECRETS.TWILIO_ACCOUNT_SID, From: '+14045550101', To: '+14045550100' };

export function inbound(sid: string, over: Record<string, string> = {}): Record<string, string> {
  return { MessageSid: sid, Body: 'MENU', ...CALLBACK, ...over };
}

export function statusOf(sid: string, status: string, over: Record<string, string> = {}): Record<string, string> {
  return { MessageSid: sid, MessageStatus: status, ...CALLBACK, ...over };
}

export function twilioRequest(
  path: string,
  parameters: Record<string, string>,
  { token = 'twiliofirst', signedUrl = `${PUBLIC_URL}${path}` }: { token?: string; signedUrl?: string } = {},
): RequestInit {
  return {
    method: 'POST',
    body: new URLSearchParams(parameters).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': twilio.getExpectedTwilioSignature(token, signedUrl, parameters),
    },
  };
}

export function sendTwilio(
  url: string,
  path: '/webhooks/twilio/sms' | '/webhooks/twilio/status',
  parameters: Record<string, string>,
  options = {},
): Promise<Response> {
  return fetch(`${url}${path}`, twilioRequest(path, parameters, options));
}

export function sendEztexting(
  url: string,
  path: '/webhooks/eztexting/sms' | '/webhooks/eztexting/status',
  value: unknown,
  { secret = 'eztextingfirst', encoding = 'hex' }: { secret?: string; encoding?: 'hex' | 'base64' } = {},
): Promise<Response> {
  const body = JSON.stringify(value);
  const signature = createHmac('sha1', secret).update(body).digest(encoding);
  return fetch(`${url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-signature': signature },
  });
}
