import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Source, VerifiedEvent } from '../event.js';

/** A request as it came in. */
export interface Delivery {
  /** What the provider signed: the public URL with path and query. */
  url: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
  /** The receiver's clock, in milliseconds since 1970. */
  now: number;
}

/** `signature`: none that fits; `expired`: signed too long ago, or in the future; `account`: not ours; `body`: signed, but unreadable. */
export type Refusal = 'signature' | 'expired' | 'account' | 'body';

export type Received = { event: VerifiedEvent } | { refused: Refusal };

/** One route of the receiver. */
export interface Endpoint {
  source: Source;
  path: string;
  /** Status of the answer to a delivery that is not the provider's. */
  refusedStatus: 400 | 403;
  /** True where the answer carries the reply to an SMS. */
  replies: boolean;
  /** Verifies a delivery and reads it. Never throws. */
  receive(delivery: Delivery): Received;
}

/** Who vouches for an event, and the bytes that it came in. */
export interface Origin {
  verifiedBy: string;
  body: Buffer;
  headers: Readonly<Record<string, string>>;
}

/** An id as providers make them: it is a key, is printed, and goes into the database as text. */
export const idText = z.string().regex(/^[\x21-\x7e]{1,200}$/);

/** An error code of a status callback: a number, a text or nothing. */
export const codeText = z
  .union([z.string(), z.int()])
  .nullish()
  .transform((code) => String(code ?? ''))
  .pipe(z.string().regex(/^\w{0,20}$/));

const KEPT_HEADERS = ['content-type', 'user-agent', 'i-twilio-idempotency-token'];

/** The headers that are kept: none that is secret, each of a bounded length. */
export function keptHeaders(headers: Delivery['headers']): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value.slice(0, 200)]] : [];
    }),
  );
}

const MAX_DEPTH = 64;

/** sha256 of a JSON value, whatever the order of its keys. Throws RangeError where it is nested deeper than any event. */
export function hashOf(value: unknown): Buffer {
  return createHash('sha256').update(canonical(value, 0)).digest();
}

function canonical(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (depth === MAX_DEPTH) throw new RangeError('nested too deeply');
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each, depth + 1)).join(',')}]`;
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each, depth + 1)}`);
  return `{${members.join(',')}}`;
}

/** The value of a JSON text; undefined where it is none. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** What `read` makes of a verified body; a body that cannot be read is refused, whatever is wrong with it. */
export function readOrRefuse(read: () => VerifiedEvent | null): Received {
  try {
    const event = read();
    return event === null ? { refused: 'body' } : { event };
  } catch (error) {
    if (error instanceof RangeError) return { refused: 'body' };
    throw error;
  }
}
