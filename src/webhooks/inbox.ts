import type pg from 'pg';
import { isDirect } from '../db/connection.js';
import { isConnectionLost, sqlState } from '../db/errors.js';
import { connect, type Pool } from '../db/pool.js';
import type { SessionLimits } from '../db/session.js';
import { createBatcher } from './batcher.js';
import { createDeliveryCounter } from './deliveries.js';
import { keyOf, type VerifiedEvent } from './event.js';

/** Other processes wait for this notification with LISTEN. */
export const CHANNEL = 'smsfood_webhooks';

/** An event on its way into the inbox. */
export interface Arrival {
  event: VerifiedEvent;
  /** ISO 8601; null for now, by the database's clock. */
  receivedAt: string | null;
}

export interface Stored {
  id: number;
  /** False where the inbox had the event already. */
  isNew: boolean;
}

export interface Inbox {
  /** Resolves when the event is committed; rejects where that is not known. */
  store(arrival: Arrival): Promise<Stored>;
  /** Resolves when all that was stored has been counted. */
  settle(): Promise<void>;
}

export interface InboxOptions {
  pool: Pool;
  limits: SessionLimits;
  /** After each commit with new events. */
  onStored(): void;
}

const MAX_EVENTS = 500;
const MAX_BYTES = 8_000_000;

/**
 * Stores events: those that arrive while a commit is under way are gathered for the next one, so that a busy receiver
 * waits for the disk once for many. An event is committed when its promise resolves. One statement at a time: the ids
 * follow the order of receipt, and two at a time were no faster, as the receiver is busy meanwhile with what arrives.
 */
export function createInbox({ pool, limits, onStored }: InboxOptions): Inbox {
  const counter = createDeliveryCounter(pool, limits);
  const store = createBatcher<Arrival, Stored>({
    maxItems: MAX_EVENTS,
    maxBytes: MAX_BYTES,
    sizeOf: ({ event }) => event.body.length,
    async run(arrivals) {
      const firsts = new Map<string, Arrival>();
      for (const arrival of arrivals) {
        const key = keyOf(arrival.event);
        if (!firsts.has(key)) firsts.set(key, arrival);
      }
      const inserted = await insertAgain(() => insert(pool, limits, [...firsts.values()]));
      if (inserted.size > 0) onStored();
      const isNew = (arrival: Arrival, key: string) => inserted.has(key) && firsts.get(key) === arrival;
      const repeated = arrivals.filter((arrival) => !isNew(arrival, keyOf(arrival.event)));
      const known = repeated.length === 0 ? inserted : await counter.count(repeated.map(({ event }) => event));
      return arrivals.map((arrival) => {
        const key = keyOf(arrival.event);
        const id = inserted.get(key) ?? known.get(key);
        if (id === undefined) throw new Error('the inbox neither took an event nor has it');
        return { id, isNew: isNew(arrival, key) };
      });
    },
  });
  return { store, settle: () => counter.settle() };
}

// Bodies and hashes travel as one value each, in binary, and are cut apart there: as arrays they would be written in
// hexadecimal. The rest is one JSON text, which costs a third of twelve arrays.
const INSERT = `
  WITH given AS MATERIALIZED (
    SELECT g.*, substring($2::bytea FROM body_at FOR body_length) AS body, substring($3::bytea FROM hash_at FOR 32) AS content_hash
    FROM json_to_recordset($1::json) AS g (source text, dedupe_key text, event_type text, subject text, occurred_at timestamptz,
      received_at timestamptz, verified_by text, headers jsonb, body_at integer, body_length integer, hash_at integer)
  ),
  clock AS MATERIALIZED (SELECT clock_timestamp() AS now),
  stored AS (
    INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, subject, occurred_at, received_at, next_attempt_at, verified_by, content_hash)
    SELECT source, dedupe_key, event_type, subject, coalesce(occurred_at, received_at, now), coalesce(received_at, now), now, verified_by, content_hash
    FROM given, clock
    ON CONFLICT (source, dedupe_key) DO NOTHING
    RETURNING id, source, dedupe_key, received_at
  ),
  payloads AS (
    INSERT INTO ops.webhook_payloads (event_id, body, headers, received_at)
    SELECT id, body, headers, stored.received_at FROM stored JOIN given USING (source, dedupe_key)
  ),
  told AS MATERIALIZED (
    SELECT pg_notify('${CHANNEL}', ''),
      CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END AS durable
    FROM (SELECT FROM stored LIMIT 1) AS something
  )
  SELECT id, source, dedupe_key AS "dedupeKey", durable, pg_backend_pid() AS pid FROM stored CROSS JOIN told`;

/** Once more after a deadlock with another receiver, and where the connection was one that the server had closed by then. */
async function insertAgain<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (sqlState(error) !== '40P01' && !isConnectionLost(error)) throw error;
    return await attempt();
  }
}

interface Inserted extends pg.QueryResultRow {
  id: number;
  source: string;
  dedupeKey: string;
  pid: number;
}

/** Connections on which the statement stays prepared: to plan it takes a third of its time. */
const direct = new WeakSet<pg.ClientBase>();

/** The ids of the events that were not there yet, by key. */
async function insert(pool: Pool, limits: SessionLimits, arrivals: readonly Arrival[]): Promise<Map<string, number>> {
  const client = await connect(pool);
  let trouble: unknown;
  const onError = (error: unknown) => {
    trouble = error;
  };
  client.on('error', onError);
  // One statement is one transaction and one round trip; a pooler in transaction mode is fine with it.
  const statement = {
    ...(direct.has(client) ? { name: 'smsfood_inbox' } : {}),
    text: INSERT,
    values: valuesOf(arrivals),
    query_timeout: limits.statementTimeoutMs,
  };
  try {
    const { rows } = await client.query<Inserted>(statement);
    if (rows[0] !== undefined && isDirect(client, rows[0].pid)) direct.add(client);
    return new Map(rows.map((row) => [keyOf(row), row.id]));
  } catch (error) {
    trouble = error;
    throw error;
  } finally {
    client.off('error', onError);
    client.release(trouble !== undefined);
  }
}

function valuesOf(arrivals: readonly Arrival[]): unknown[] {
  let bodyAt = 1;
  const rows = arrivals.map(({ event, receivedAt }, index) => {
    const row = {
      source: event.source,
      dedupe_key: event.dedupeKey,
      event_type: event.type,
      subject: event.subject,
      occurred_at: event.occurredAt,
      received_at: receivedAt,
      verified_by: event.verifiedBy,
      headers: event.headers,
      body_at: bodyAt,
      body_length: event.body.length,
      hash_at: 32 * index + 1,
    };
    bodyAt += event.body.length;
    return row;
  });
  return [
    JSON.stringify(rows),
    Buffer.concat(arrivals.map(({ event }) => event.body)),
    Buffer.concat(arrivals.map(({ event }) => event.contentHash)),
  ];
}
