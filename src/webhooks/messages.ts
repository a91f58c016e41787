import { isDatabaseAway } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import type { InboxEvent } from './claim.js';

/**
 * Ids of the outgoing messages with these ids of the provider, by the latter. The platform has no index on them: unless
 * an operator has made one, the youngest parts of the table are read first, where nearly all of them are, and all of it
 * for those that are not there.
 */
async function readMessages(session: Session, sids: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const start of await readStarts(session)) {
    const missing = sids.filter((sid) => !found.has(sid));
    if (missing.length === 0) break;
    const { rows } = await session.query<{ sid: string; ids: string[] }>(
      `SELECT "twilioSid" AS sid, array_agg(id ORDER BY id) AS ids FROM sms_logs
       WHERE direction = 'OUTBOUND' AND "twilioSid" = ANY ($1::text[]) ${start === null ? '' : 'AND ctid >= $2::tid'}
       GROUP BY "twilioSid"`,
      [missing, ...(start === null ? [] : [start])],
    );
    for (const { sid, ids } of rows) found.set(sid, ids);
  }
  return found;
}

/** 2 MB and 32 MB: some 10,000 and 160,000 messages. */
const TAIL_BLOCKS = [250, 4_000] as const;

/** Where to begin to read, one place after the other: null is everywhere, which an index makes quick. */
async function readStarts(session: Session): Promise<(string | null)[]> {
  const { rows } = await session.query<{ blocks: number; indexed: boolean }>(
    `SELECT pg_relation_size('sms_logs') / current_setting('block_size')::int8 AS blocks, EXISTS (
       SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
       WHERE i.indrelid = 'sms_logs'::regclass AND i.indisvalid AND a.attname = 'twilioSid'
     ) AS indexed`,
  );
  const { blocks, indexed } = rows[0] ?? { blocks: 0, indexed: true };
  const tails = indexed ? [] : TAIL_BLOCKS.filter((tail) => blocks > 2 * tail);
  return [...tails.map((tail) => `(${blocks - tail},0)`), null];
}

/** For one event alone. */
export async function findMessages(session: Session, sid: string): Promise<readonly string[]> {
  return (await readMessages(session, [sid])).get(sid) ?? [];
}

/**
 * For a batch: the messages of all its status callbacks, in one pass over the table. Where that fails each event looks
 * for its own, and fails alone.
 */
export async function findMessagesOf(
  pool: Pool,
  events: readonly InboxEvent[],
  access: { limits: SessionLimits; signal: AbortSignal },
): Promise<typeof findMessages> {
  const sids = new Set(
    events.flatMap(({ type, subject }) => (type === 'sms.status' && subject !== null ? [subject] : [])),
  );
  if (sids.size < 2) return findMessages;
  try {
    const found = await inSession(pool, { ...access, mode: 'read' }, (session) => readMessages(session, [...sids]));
    return async (session, sid) => (sids.has(sid) ? (found.get(sid) ?? []) : findMessages(session, sid));
  } catch (error) {
    access.signal.throwIfAborted();
    if (isDatabaseAway(error)) throw error;
    return findMessages;
  }
}
