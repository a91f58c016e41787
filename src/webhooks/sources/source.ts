import { hash } from 'node:crypto';
import * as z from 'zod';
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

/** What a callback about SMS is about: one that came in, or what became of one that went out. */
export type MessageKind = 'sms.inbound' | 'sms.status';

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
const ID = /^[\x21-\x7e]{1,200}$/;
export const idText = z.string().regex(ID);
export const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);

/** An error code of a status callback: a number, a text or nothing. */
export const codeText = z
  .union([z.string(), z.int()])
  .nullish()
  .transform((code) => String(code ?? ''))
  .pipe(z.string().regex(/^\w{0,20}$/));

/** sha256 of a JSON value. */
export function hashOf(value: unknown): Buffer {
  return hash('sha256', JSON.stringify(value), 'buffer');
}

/** Deeper than any event, and far from where programs that walk through it come to their end. */
const MAX_DEPTH = 64;

function isDeeperThan(depth: number, value: object): boolean {
  if (depth === 0) return true;
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const each of inner) if (typeof each === 'object' && each !== null && isDeeperThan(depth - 1, each)) return true;
  return false;
}

/** The value of a JSON text; undefined where it is none, or is nested too deeply. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && isDeeperThan(MAX_DEPTH, value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** What reading a verified body came to. */
export function received(event: VerifiedEvent | null): Received {
  return event === null ? { refused: 'body' } : { event };
}
