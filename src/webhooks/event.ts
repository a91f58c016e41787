/** Who sends webhooks. */
export const SOURCES = ['stripe', 'twilio', 'eztexting'] as const;
export type Source = (typeof SOURCES)[number];

/** Whether a provider sends for days what was not acknowledged: others send once, and need a spool. */
export const isSentAgain = (source: Source) => source === 'stripe';

export const EVENT_STATUSES = ['pending', 'processing', 'processed', 'ignored', 'waiting', 'dead'] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** A delivery whose sender is known: what the inbox stores. Made by the source's `read`, never from an unverified body. */
export interface VerifiedEvent {
  source: Source;
  /** Two deliveries with the same key are one event. */
  dedupeKey: string;
  /** Stripe's type; `sms.inbound` and `sms.status` for the others. */
  type: string;
  /** Order, payment intent, account, subscription or message id; null where it names none. */
  subject: string | null;
  /** ISO 8601 in UTC by the provider's clock; null where the provider does not say. */
  occurredAt: string | null;
  /** `secret 1`, `secret 2`, …; `file`; `api`. */
  verifiedBy: string;
  /** The exact bytes. */
  body: Buffer;
  /** Allow-listed, never the signature. */
  headers: Readonly<Record<string, string>>;
  /** sha256 of what the event says, without what changes from one delivery to the next. */
  contentHash: Buffer;
}

/** What makes two deliveries the same event, as one text. */
export const keyOf = ({ source, dedupeKey }: { source: string; dedupeKey: string }) => `${source} ${dedupeKey}`;

/** An event of the inbox as a handler gets it. */
export interface StoredEvent {
  id: number;
  source: Source;
  type: string;
  dedupeKey: string;
  subject: string | null;
  occurredAt: string;
  receivedAt: string;
  /** Which attempt this is, from 1. */
  attempt: number;
  body: Buffer;
}

/** How a handler ended, in the transaction that its effects are in. Trouble is thrown. */
export type Outcome =
  /** `outcome` is one sentence without personal data; `reply` the SMS to answer with. */
  | { kind: 'processed'; outcome: string; task?: 'refund needed'; reply?: string }
  | { kind: 'ignored'; outcome: string }
  /** For a row that is not there yet: tried again until `deadAfterMs` since receipt, then dead for `deadReason`. */
  | { kind: 'waiting'; outcome: string; deadAfterMs: number; deadReason: string };

/** Thrown by a handler where trying again cannot help: the event is dead at once. */
export class PermanentError extends Error {
  readonly deadReason: string;

  constructor(deadReason: string, message: string) {
    super(message);
    this.name = 'PermanentError';
    this.deadReason = deadReason;
  }
}
