import type { Session } from '../../db/session.js';
import { SmsfoodError } from '../../errors.js';
import { redact } from '../../redaction.js';
import type { AttemptResult } from '../ending.js';
import type { EventStatus, Source, VerifiedEvent } from '../event.js';
import type { Candidate } from './candidate.js';

/** How long an event that a replay has brought along is left to it, before any worker takes it. */
const HOLD = '1 hour';
const CHUNK = 500;

/**
 * Puts events into the inbox that are not there, in this order, and payloads where they were pruned; for the replay
 * alone at first. What is there with another content keeps its own.
 */
export async function keepEvents(session: Session, events: readonly VerifiedEvent[]): Promise<void> {
  for (let start = 0; start < events.length; start += CHUNK) {
    const chunk = events.slice(start, start + CHUNK);
    const keys = [chunk.map(({ source }) => source), chunk.map(({ dedupeKey }) => dedupeKey)];
    const hashes = chunk.map(({ contentHash }) => contentHash);
    await session.query(
      `INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, subject, occurred_at, next_attempt_at, verified_by, content_hash)
       SELECT source, dedupe_key, event_type, subject, coalesce(occurred_at, now()), now() + interval '${HOLD}', verified_by, content_hash
       FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
         WITH ORDINALITY AS g (source, dedupe_key, content_hash, event_type, subject, occurred_at, verified_by, place)
       ORDER BY place ON CONFLICT (source, dedupe_key) DO NOTHING`,
      [
        ...keys,
        hashes,
        chunk.map(({ type }) => type),
        chunk.map(({ subject }) => subject),
        chunk.map(({ occurredAt }) => occurredAt),
        chunk.map(({ verifiedBy }) => verifiedBy),
      ],
    );
    await session.query(
      `INSERT INTO ops.webhook_payloads (event_id, body, headers)
       SELECT i.id, g.body, g.headers::jsonb
       FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::text[]) AS g (source, dedupe_key, content_hash, body, headers)
       JOIN ops.webhook_inbox i ON i.source = g.source AND i.dedupe_key = g.dedupe_key AND i.content_hash = g.content_hash
       ON CONFLICT (event_id) DO NOTHING`,
      [...keys, hashes, chunk.map(({ body }) => body), chunk.map(({ headers }) => JSON.stringify(headers))],
    );
  }
}

/** Ids of events of the inbox, by their keys. */
export async function idsOf(
  session: Session,
  events: readonly Pick<VerifiedEvent, 'source' | 'dedupeKey'>[],
): Promise<number[]> {
  const { rows } = await session.query<{ id: number }>(
    `SELECT id FROM ops.webhook_inbox JOIN unnest($1::text[], $2::text[]) AS g (source, dedupe_key) USING (source, dedupe_key)`,
    [events.map(({ source }) => source), events.map(({ dedupeKey }) => dedupeKey)],
  );
  return rows.map(({ id }) => id);
}

export interface ReplayRecord {
  id: string;
  filter: Record<string, unknown>;
  reason: string | null;
}

/** Freezes the selection: what was brought along goes into the inbox, and all of it gets its place. */
export async function freeze(session: Session, replay: ReplayRecord, chosen: readonly Candidate[]): Promise<void> {
  const brought = chosen.flatMap(({ event }) => (event === null ? [] : [event]));
  await keepEvents(session, brought);
  const known = chosen.flatMap(({ id }) => (id === null ? [] : [id]));
  const fresh = await idsOf(
    session,
    chosen.filter(({ id }) => id === null),
  );
  await session.query(
    `INSERT INTO ops.webhook_replays (id, filter, reason, status, selected) VALUES ($1, $2, $3, 'running', $4)`,
    [replay.id, replay.filter, replay.reason === null ? null : redact(replay.reason), chosen.length],
  );
  await session.query(
    `INSERT INTO ops.webhook_replay_events (replay_id, position, event_id)
     SELECT $1, row_number() OVER (ORDER BY occurred_at, id), id FROM ops.webhook_inbox WHERE id = ANY ($2::bigint[])`,
    [replay.id, [...known, ...fresh]],
  );
}

/** An event of a frozen selection. */
export interface FrozenEvent {
  position: number;
  id: number;
  source: Source;
  type: string;
  dedupeKey: string;
  subject: string | null;
  occurredAt: string;
  status: EventStatus;
  /** Somebody else has ended it since the selection was frozen. */
  isEnded: boolean;
}

/** What is still to be done of a replay, in its order. */
export async function readOpen(session: Session, replayId: string): Promise<FrozenEvent[]> {
  const { rows } = await session.query<FrozenEvent>(
    `SELECT e.position, i.id, i.source, i.event_type AS type, i.dedupe_key AS "dedupeKey", i.subject, i.occurred_at AS "occurredAt", i.status,
       coalesce(i.processed_at > r.started_at, false) AS "isEnded"
     FROM ops.webhook_replay_events e JOIN ops.webhook_replays r ON r.id = e.replay_id JOIN ops.webhook_inbox i ON i.id = e.event_id
     WHERE e.replay_id = $1 AND e.result IS NULL ORDER BY e.position`,
    [replayId],
  );
  return rows;
}

export type ReplayResult = Exclude<AttemptResult, 'lost'> | 'skipped';

/** The cursor: what has a result is not done again. */
export async function recordResult(
  session: Session,
  replayId: string,
  position: number,
  result: ReplayResult,
): Promise<void> {
  await session.query(
    `UPDATE ops.webhook_replay_events SET result = $3, at = clock_timestamp() WHERE replay_id = $1 AND position = $2`,
    [replayId, position, result],
  );
}

export type ReplayStatus = 'running' | 'done' | 'stopped' | 'cancelled';

/** Also when it came to its end, where it did. */
export async function setStatus(session: Session, replayId: string, status: ReplayStatus): Promise<void> {
  await session.query(
    `UPDATE ops.webhook_replays SET status = $2, finished_at = CASE WHEN $2 <> 'running' THEN clock_timestamp() END WHERE id = $1`,
    [replayId, status],
  );
}

export interface StoredReplay {
  id: string;
  status: ReplayStatus;
  filter: Record<string, unknown>;
  selected: number;
  /** Events that have no result yet. */
  open: number;
}

/** The replay that an id, or the beginning of one, means. Throws NOT_FOUND. */
export async function findReplay(session: Session, start: string): Promise<StoredReplay> {
  const { rows } = await session.query<StoredReplay>(
    `SELECT r.id::text AS id, r.status, r.filter, r.selected,
       (SELECT count(*) FROM ops.webhook_replay_events e WHERE e.replay_id = r.id AND e.result IS NULL) AS open
     FROM ops.webhook_replays r WHERE starts_with(r.id::text, lower($1)) ORDER BY r.started_at DESC LIMIT 3`,
    [start],
  );
  const [first, second] = rows;
  if (first !== undefined && second === undefined) return first;
  throw new SmsfoodError(
    'NOT_FOUND',
    first === undefined
      ? `No replay is called "${start}".`
      : `Several replays begin with "${start}": ${rows.map(({ id }) => id).join(', ')}.`,
    'List them with `smsfood runs list --command "webhooks replay"`.',
  );
}

/** Replays that were killed or stopped before their end, newest first. To be asked where none is at work. */
export async function unfinished(session: Session, besides: string): Promise<StoredReplay[]> {
  const { rows } = await session.query<StoredReplay>(
    `SELECT r.id::text AS id, r.status, r.filter, r.selected, o.open
     FROM ops.webhook_replays r
     CROSS JOIN LATERAL (SELECT count(*) AS open FROM ops.webhook_replay_events e WHERE e.replay_id = r.id AND e.result IS NULL) o
     WHERE r.status <> 'done' AND r.id <> $1 AND o.open > 0 AND r.started_at > now() - interval '7 days' ORDER BY r.started_at DESC`,
    [besides],
  );
  return rows;
}

/**
 * Takes over from runs of a replay that were killed. What they ended is known by its attempts, whose rows were written
 * with the effects; what they had in hand is as it was, and for this replay alone at first.
 */
export async function takeOver(session: Session, replayId: string): Promise<void> {
  const runs = `SELECT id FROM ops.runs WHERE id = $1::uuid OR (command = 'webhooks replay' AND arguments ->> 'resume' = ($1::uuid)::text)`;
  await session.query(
    `UPDATE ops.webhook_replay_events e SET result = a.result, at = a.finished_at
     FROM (
       SELECT DISTINCT ON (event_id) event_id, result, finished_at FROM ops.webhook_attempts
       WHERE run_id IN (${runs}) AND event_id IN (SELECT event_id FROM ops.webhook_replay_events WHERE replay_id = $1::uuid AND result IS NULL)
       ORDER BY event_id, id DESC
     ) a
     WHERE e.replay_id = $1::uuid AND e.result IS NULL AND e.event_id = a.event_id`,
    [replayId],
  );
  await session.query(
    `UPDATE ops.webhook_inbox
     SET status = 'pending', next_attempt_at = clock_timestamp() + interval '${HOLD}', lease_token = NULL, lease_until = NULL,
       last_error = 'The replay that worked on it was killed.'
     WHERE status = 'processing' AND lease_token IN (${runs})`,
    [replayId],
  );
}
