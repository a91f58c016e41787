import type { EventStatus, Source, VerifiedEvent } from '../event.js';

/** An event that was asked for. */
export interface Candidate {
  /** Null while it is in no inbox. */
  id: number | null;
  source: Source;
  type: string;
  dedupeKey: string;
  subject: string | null;
  /** Null where the provider does not say: when it is stored, then. */
  occurredAt: string | null;
  /** `new` while it is in no inbox. */
  status: EventStatus | 'new';
  /** What was brought along: of a file, or of Stripe's API. */
  event: VerifiedEvent | null;
}

/** Why an event is left alone. */
export type Skip = 'processed already' | 'ignored already' | 'being processed';

export interface Selection {
  /** In the order of (occurred_at, id), no more than the limit. */
  chosen: Candidate[];
  skipped: { candidate: Candidate; why: Skip }[];
  /** All that was meant, whatever the limit says. */
  matched: number;
  /** Of what was brought along: those that the inbox, or an earlier line, has with another content, which counts. */
  conflicts: number;
}

/** Order of events of one subject: by the provider's clock, then by their receipt. New ones come last, in their order. */
export function inOrder(candidates: readonly Candidate[]): Candidate[] {
  const time = ({ occurredAt }: Candidate) => (occurredAt === null ? Number.POSITIVE_INFINITY : Date.parse(occurredAt));
  const place = ({ id }: Candidate) => id ?? Number.POSITIVE_INFINITY;
  const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);
  return [...candidates].sort((a, b) => compare(time(a), time(b)) || compare(place(a), place(b)));
}

/** Events of one subject stay together, in their order; those that name none stand alone. */
export function bySubject<T extends { subject: string | null }>(events: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  const alone: T[][] = [];
  for (const event of events) {
    if (event.subject === null) alone.push([event]);
    else if (groups.get(event.subject)?.push(event) === undefined) groups.set(event.subject, [event]);
  }
  return [...groups.values(), ...alone];
}
