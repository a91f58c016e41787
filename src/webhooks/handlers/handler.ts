import type { z } from 'zod';
import type { Author } from '../../db/ledger.js';
import type { Session } from '../../db/session.js';
import { readBody } from '../body.js';
import { type Outcome, PermanentError, type StoredEvent } from '../event.js';
import { ORPHAN_MS } from '../schedule.js';

/** What handlers know beside the event. */
export interface Surroundings {
  runId: string;
  /** Business time zone: what today is. */
  timezone: string;
  /** Statuses of an order that is sold. */
  sold: readonly string[];
  /** True where a person asked for it: what is too old to happen by itself happens then. */
  isReplay: boolean;
  /** The session, when the inbox shows in it how all events before this one have ended: for whoever reads ops.webhook_inbox. */
  inbox(): Promise<Session>;
  /** Ids of the rows of sms_logs with this provider's id. */
  findMessages(session: Session, sid: string): Promise<readonly string[]>;
}

/** One event in the hands of its handler, within the transaction that ends with it. */
export interface EventWork {
  session: Session;
  event: StoredEvent;
  /** For the ledger. */
  author: Required<Author>;
  around: Surroundings;
}

export interface Work<Payload> extends EventWork {
  payload: Payload;
}

export interface Handler {
  /** What is read of the payload. */
  schema: z.ZodType;
  /** Rejects with a PermanentError where trying again cannot help, with anything else where it may. */
  handle(session: Session, event: StoredEvent, around: Surroundings): Promise<Outcome>;
}

/** A handler that sees payloads of its schema only; others are dead as `invalid`. */
export function handler<Schema extends z.ZodType>(
  schema: Schema,
  work: (work: Work<z.infer<Schema>>) => Promise<Outcome>,
): Handler {
  return {
    schema,
    async handle(session, event, around) {
      const payload = parse(schema, readBody(event));
      return work({ session, event, payload, author: { runId: around.runId, eventId: event.id }, around });
    },
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, content: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  // Of the payload, only names that the schema knows.
  throw new PermanentError('invalid', `The payload is not as expected: ${issue?.path.join('.')}: ${issue?.message}.`);
}

/** What an event is about is not there yet: providers are sometimes quicker than the platform. */
export function waitFor(what: string): Outcome {
  return { kind: 'waiting', outcome: `There is no ${what} yet.`, deadAfterMs: ORPHAN_MS, deadReason: 'orphan' };
}
