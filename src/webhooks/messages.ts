import { isDatabaseAway } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import type { InboxEvent } from './claim.js';

/**
 * Ids of the outgoing messages with these ids of the provider, by the latter. The platform has no index on them: unless
 * an operator has made one, the youngest part of the table is read first, where nearly all of them are, and all of it for
 * those that are not there.
 */
async function readMessages(session: Session, sids: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const read = async (where: string, values: unknown[] = []) => {
    const missing = sids.filter((sid) => !found.has(sid));
    if (missing.length === 0) return;
    const { rows } = await session.query<{ sid: string; ids: string[] }>(
      `SELECT "twilioSid" AS sid, array_agg(id ORDER BY id) AS ids FROM sms_logs
       WHERE "twilioSid" = ANY ($1::text[]) AND direction = 'OUTBOUND' ${where} GROUP BY "twilioSid"`,
      [missing, ...values],
    );
    for (const { sid, ids } of rows) found.set(sid, ids);
  };
  const tail = await readTail(session);
  if (tail !== null) await read('AND ctid >= $2::tid', [tail]);
  await read('');
  return found;
}

/** 16 MB: some 80,000 messages, read in about 10 ms. */
const TAIL_BLOCKS = 2_000;

/** Where the youngest part of the table begins; null where an index makes that needless, or all of it is small. */
async function readTail(session: Session): Promise<string | null> {
  const { rows } = await session.query<{ tail: string | null }>(
    `SELECT CASE WHEN blocks > $1 * 2 AND NOT EXISTS (
         SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indrelid = 'sms_logs'::regclass AND i.indisvalid AND a.attname = 'twilioSid'
       ) THEN format('(%s,0)', blocks - $1) END AS tail
     FROM (SELECT pg_relation_size('sms_logs') / current_setting('block_size')::int8 AS blocks) AS size`,
    [TAIL_BLOCKS],
  );
  return rows[0]?.tail ?? null;
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
