import type { VerifiedEvent } from '../event.js';
import type { EventFilter } from '../filter.js';

/** Those of the events that were brought along which a filter means; its times are those of their occurrence. */
export function matching(events: readonly VerifiedEvent[], filter: EventFilter): VerifiedEvent[] {
  const { source, type, subject, since, until } = filter;
  const isOfType = (own: string) =>
    type === null || (type.endsWith('*') ? own.startsWith(type.slice(0, -1)) : own === type);
  const isInTime = (at: string | null) =>
    at === null || ((since === null || at >= since) && (until === null || at < until));
  return events.filter(
    (event) =>
      (source === null || event.source === source) &&
      (subject === null || event.subject === subject) &&
      isOfType(event.type) &&
      isInTime(event.occurredAt),
  );
}
