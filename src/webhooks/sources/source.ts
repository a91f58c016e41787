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

/** sha256 of a JSON value. Throws RangeError where it is nested deeper than any event. */
export function hashOf(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest();
}

/** The value of a JSON text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
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
