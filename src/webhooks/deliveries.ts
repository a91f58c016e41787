import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import { keyOf, type VerifiedEvent } from './event.js';
import { createTurns } from './turns.js';

/** Counts deliveries of events that the inbox has. */
export interface DeliveryCounter {
  /** Counts each of them, and resolves to the ids of their events by key. An event that a worker holds is counted later. */
  count(deliveries: readonly VerifiedEvent[]): Promise<Map<string, number>>;
  /** Makes up for what was put off. */
  settle(): Promise<void>;
}

interface Count {
  source: string;
  dedupeKey: string;
  contentHash: Buffer;
  deliveries: number;
}

interface Found {
  id: number;
  source: string;
  dedupeKey: string;
  counted: boolean;
}

const LATER_MS = 250;

export function createDeliveryCounter(pool: Pool, limits: SessionLimits): DeliveryCounter {
  let late: Count[] = [];
  let timer: NodeJS.Timeout | undefined;

  // Two at a time would each put off what the other has locked.
  const inTurn = createTurns();

  const write = async (counts: readonly Count[]) => {
    const found = await inSession(pool, { mode: 'write', limits }, (session) => add(session, counts));
    const held = new Set(found.filter(({ counted }) => !counted).map(({ id }) => id));
    const ids = new Map(found.map((each) => [keyOf(each), each.id]));
    late.push(...counts.filter((count) => held.has(ids.get(keyOf(count)) ?? -1)));
    if (late.length > 0) timer ??= setTimeout(() => void catchUp().catch(() => undefined), LATER_MS).unref();
    return ids;
  };
  const catchUp = async () => {
    clearTimeout(timer);
    timer = undefined;
    const counts = late;
    late = [];
    if (counts.length === 0) return;
    await inTurn(() => write(counts)).catch((error: unknown) => {
      late.push(...counts);
      throw error;
    });
  };
  return { count: (deliveries) => inTurn(() => write(byContent(deliveries))), settle: catchUp };
}

function byContent(deliveries: readonly VerifiedEvent[]): Count[] {
  const counts = new Map<string, Count>();
  for (const delivery of deliveries) {
    const { source, dedupeKey, contentHash } = delivery;
    const key = `${keyOf(delivery)} ${contentHash.toString('base64')}`;
    const count = counts.get(key) ?? { source, dedupeKey, contentHash, deliveries: 0 };
    counts.set(key, { ...count, deliveries: count.deliveries + 1 });
  }
  return [...counts.values()];
}

/** Waits for no lock: a worker may hold an event for as long as its handler takes. */
async function add(session: Session, counts: readonly Count[]): Promise<Found[]> {
  const values = [
    counts.map(({ source }) => source),
    counts.map(({ dedupeKey }) => dedupeKey),
    counts.map(({ contentHash }) => contentHash.toString('hex')),
    counts.map(({ deliveries }) => deliveries),
  ];
  const given = `unnest($1::text[], $2::text[], $3::text[], $4::integer[]) AS given (source, dedupe_key, hash, deliveries)`;
  const free = await session.query<{ id: number }>(
    `SELECT id FROM ops.webhook_inbox WHERE (source, dedupe_key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
    values.slice(0, 2),
  );
  const { rows } = await session.query<Found>(
    `WITH known AS MATERIALIZED (
       SELECT id, source, dedupe_key, sum(deliveries) AS deliveries,
         coalesce(sum(deliveries) FILTER (WHERE content_hash <> decode(hash, 'hex')), 0) AS conflicts
       FROM ops.webhook_inbox JOIN ${given} USING (source, dedupe_key) GROUP BY 1
     ),
     counted AS (
       UPDATE ops.webhook_inbox i SET delivery_count = delivery_count + known.deliveries, conflict_count = conflict_count + known.conflicts
       FROM known WHERE i.id = known.id AND i.id = ANY ($5::bigint[])
       RETURNING i.id
     )
     SELECT known.id, source, dedupe_key AS "dedupeKey", counted.id IS NOT NULL AS counted FROM known LEFT JOIN counted USING (id)`,
    [...values, free.rows.map(({ id }) => id)],
  );
  return rows;
}
