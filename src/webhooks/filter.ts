import type { Prisma } from '../db/generated/client.js';
import type { EventStatus, Source } from './event.js';

/** Which events are meant; null and the empty list leave all. */
export interface EventFilter {
  source: Source | null;
  statuses: readonly EventStatus[];
  /** Exact, or all types that begin so where it ends in `*`. */
  type: string | null;
  subject: string | null;
  /** Received from `since` on, and before `until`. */
  since: string | null;
  until: string | null;
  /** Received more than so many milliseconds ago, by the database's clock. */
  olderThanMs: number | null;
  needsRefund: boolean;
}

/** The same in Prisma's words; `now` is the database's clock. */
export function whereOf(filter: EventFilter, now: string): Prisma.WebhookEventWhereInput {
  const { source, statuses, type, subject, since, until, olderThanMs, needsRefund } = filter;
  const before = olderThanMs === null ? null : new Date(Date.parse(now) - olderThanMs).toISOString();
  const ends = [until, before].filter((each) => each !== null).sort();
  return {
    ...(source === null ? {} : { source }),
    ...(statuses.length === 0 ? {} : { status: { in: [...statuses] } }),
    ...(type === null ? {} : { eventType: type.endsWith('*') ? { startsWith: literally(type.slice(0, -1)) } : type }),
    ...(subject === null ? {} : { subject }),
    ...(needsRefund ? { task: 'refund needed' } : {}),
    receivedAt: { ...(since === null ? {} : { gte: since }), ...(ends[0] === undefined ? {} : { lt: ends[0] }) },
  };
}

/** Prisma passes `%` and `_` on to LIKE as they are. */
export function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** The filter as a person would type it, for records and reports. */
export function describeFilter(filter: EventFilter): Record<string, string | number | boolean | null> {
  const { statuses, ...rest } = filter;
  return { ...rest, status: statuses.length === 0 ? null : statuses.join(',') };
}
