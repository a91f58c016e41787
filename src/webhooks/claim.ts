import type { Session } from '../db/session.js';
import type { EventStatus, StoredEvent } from './event.js';
import { LEASE_MS, MAX_ATTEMPTS, NEXT_ATTEMPT_AT } from './schedule.js';

/** `body` is null where the payload was pruned. */
export type InboxEvent = Omit<StoredEvent, 'body'> & { body: Buffer | null };

/** An event under a lease: whoever holds another token writes nothing. */
export type ClaimedEvent = InboxEvent & { token: string };

const COLUMNS = `i.id, i.source, i.event_type AS type, i.dedupe_key AS "dedupeKey", i.subject,
  i.occurred_at AS "occurredAt", i.received_at AS "receivedAt", i.attempts AS attempt, p.body`;

/**
 * `fresh`: events that were never tried, or wait for a row. `again`: those that failed, each of them alone, as it may be
 * what kills the process that works on it.
 */
export type ClaimKind = 'fresh' | 'again';

const DUE: Readonly<Record<ClaimKind, string>> = {
  fresh: `(status = 'waiting' OR attempts = 0)`,
  again: `status = 'pending' AND attempts > 0`,
};

/** Takes due events, oldest first, under one token, and counts the attempt; committed before the work begins. */
export async function claimDue(
  session: Session,
  token: string,
  kind: ClaimKind,
  limit: number,
): Promise<ClaimedEvent[]> {
  const { rows } = await session.query<InboxEvent>(
    `WITH due AS (
       SELECT id FROM ops.webhook_inbox
       WHERE status IN ('pending', 'waiting') AND next_attempt_at <= statement_timestamp() AND ${DUE[kind]}
       ORDER BY next_attempt_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
     ), claimed AS (
       UPDATE ops.webhook_inbox i
       SET status = 'processing', attempts = attempts + 1, lease_token = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond'
       FROM due WHERE i.id = due.id
       RETURNING i.*
     )
     SELECT ${COLUMNS} FROM claimed i LEFT JOIN ops.webhook_payloads p ON p.event_id = i.id ORDER BY i.id`,
    [token, LEASE_MS, kind === 'fresh' ? limit : 1],
  );
  return rows.map((row) => ({ ...row, token }));
}

/**
 * Takes one event that is in one of these states, as a first attempt: for a replay, whose own token tells what it left
 * behind where it was killed. Null where the event is in another state, or somebody is at work on it.
 */
export async function claimEvent(
  session: Session,
  id: number,
  from: readonly EventStatus[],
  token: string,
): Promise<ClaimedEvent | null> {
  const { rows } = await session.query<InboxEvent>(
    `WITH chosen AS (
       SELECT id FROM ops.webhook_inbox WHERE id = $1 AND status = ANY ($2::text[]) AND status <> 'processing'
       FOR NO KEY UPDATE SKIP LOCKED
     ), claimed AS (
       UPDATE ops.webhook_inbox i
       SET status = 'processing', attempts = 1, dead_reason = NULL, processed_at = NULL,
         lease_token = $3, lease_until = clock_timestamp() + $4 * interval '1 millisecond'
       FROM chosen WHERE i.id = chosen.id
       RETURNING i.*
     )
     SELECT ${COLUMNS} FROM claimed i LEFT JOIN ops.webhook_payloads p ON p.event_id = i.id`,
    [id, from, token, LEASE_MS],
  );
  return rows[0] === undefined ? null : { ...rows[0], token };
}

/** The event of this id as it stands; to look at, as a lease is needed to work on it. */
export async function readInboxEvent(session: Session, id: number): Promise<InboxEvent> {
  const { rows } = await session.query<InboxEvent>(
    `SELECT ${COLUMNS} FROM ops.webhook_inbox i LEFT JOIN ops.webhook_payloads p ON p.event_id = i.id WHERE i.id = $1`,
    [id],
  );
  if (rows[0] === undefined) throw new Error(`event ${id} is gone`);
  return rows[0];
}

/** What was taken under a token and has not ended, as if it had not been taken: its attempt does not count. */
export async function giveBack(session: Session, token: string): Promise<void> {
  await session.query(
    `UPDATE ops.webhook_inbox
     SET status = 'pending', attempts = attempts - 1, next_attempt_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
     WHERE status = 'processing' AND lease_token = $1`,
    [token],
  );
}

/**
 * Ends the leases of workers that are gone: an attempt that failed, for the process may have died of the event. Returns
 * how many there were.
 */
export async function endLeases(session: Session): Promise<number> {
  const { rowCount } = await session.query(
    `UPDATE ops.webhook_inbox i
     SET status = CASE WHEN attempts < $1 THEN 'pending' ELSE 'dead' END,
       dead_reason = CASE WHEN attempts < $1 THEN NULL ELSE 'attempts' END,
       next_attempt_at = coalesce(${NEXT_ATTEMPT_AT}, next_attempt_at),
       last_error = 'The process that worked on it was killed or lost.', lease_token = NULL, lease_until = NULL
     WHERE id IN (
       SELECT id FROM ops.webhook_inbox WHERE status = 'processing' AND lease_until < statement_timestamp()
       ORDER BY lease_until LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED
     )`,
    [MAX_ATTEMPTS],
  );
  return rowCount ?? 0;
}
