import type { Session } from '../../db/session.js';
import type { StoredEvent } from '../event.js';

/**
 * Whether an event that is later in (occurred_at, id) has been processed: providers keep no order, and what is later
 * counts. `subject` is what they have in common. To be asked while the row that they change is locked.
 */
export async function isOutdated(
  inbox: Session,
  event: Pick<StoredEvent, 'id' | 'source' | 'occurredAt'>,
  subject: string,
  types: readonly string[],
): Promise<boolean> {
  const { rows } = await inbox.query<{ outdated: boolean }>(
    `SELECT EXISTS (
       SELECT FROM ops.webhook_inbox
       WHERE subject = $1 AND source = $2 AND event_type = ANY ($3::text[]) AND status = 'processed'
         AND (occurred_at, id) > ($4::timestamptz, $5::bigint)
     ) AS outdated`,
    [subject, event.source, types, event.occurredAt, event.id],
  );
  return rows[0]?.outdated === true;
}

/** Whether an event of this type has been processed at all: for ends, after which nothing comes. */
export async function hasEnded(inbox: Session, subject: string, type: string): Promise<boolean> {
  const { rowCount } = await inbox.query(
    `SELECT FROM ops.webhook_inbox WHERE subject = $1 AND event_type = $2 AND status = 'processed' LIMIT 1`,
    [subject, type],
  );
  return (rowCount ?? 0) > 0;
}
