import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';

/** Hands out the replies to inbound SMS. */
export interface Replies {
  /** The text to answer with; null where there is none, or none came in time. A repeated delivery gets the same text. */
  wait(eventId: number): Promise<string | null>;
  /** Gives up waiting. */
  stop(): void;
}

export interface RepliesOptions {
  /** Null while the database is down. */
  database(): Pool | null;
  limits: SessionLimits;
  waitMs: number;
}

const POLL_MS = 50;
/** Deliveries that may wait at a time; others are answered at once, without a reply. */
const MAX_WAITING = 1_000;

interface Answered {
  id: number;
  reply: string | null;
}

/** All that wait are looked after by one statement now and then, whichever process the workers are in. */
export function createReplies({ database, limits, waitMs }: RepliesOptions): Replies {
  const waiting = new Map<number, ((reply: string | null) => void)[]>();
  let isPolling = false;

  const end = (id: number, reply: string | null) => {
    for (const resolve of waiting.get(id) ?? []) resolve(reply);
    waiting.delete(id);
  };
  const poll = async () => {
    if (isPolling) return;
    isPolling = true;
    while (waiting.size > 0) {
      await sleep(POLL_MS);
      const pool = database();
      if (pool === null || waiting.size === 0) continue;
      const ids = [...waiting.keys()];
      const ended = await inSession(pool, { mode: 'write', limits }, (session) => handOut(session, ids)).catch(
        () => [],
      );
      for (const { id, reply } of ended) end(id, reply);
    }
    isPolling = false;
  };
  return {
    wait(eventId) {
      if (waiting.size >= MAX_WAITING) return Promise.resolve(null);
      return new Promise((resolve) => {
        const timer = setTimeout(() => end(eventId, null), waitMs);
        const done = (reply: string | null) => {
          clearTimeout(timer);
          resolve(reply);
        };
        waiting.set(eventId, [...(waiting.get(eventId) ?? []), done]);
        void poll();
      });
    },
    stop() {
      for (const id of [...waiting.keys()]) end(id, null);
    },
  };
}

/** The events among these that have been worked on, and marks their replies as handed out. */
async function handOut(session: Session, ids: readonly number[]): Promise<Answered[]> {
  const { rows } = await session.query<Answered>(
    `WITH ended AS MATERIALIZED (
       SELECT id FROM ops.webhook_inbox WHERE id = ANY ($1::bigint[]) AND status NOT IN ('pending', 'processing')
     ),
     given AS (
       UPDATE ops.webhook_replies SET handed_out_at = clock_timestamp()
       WHERE handed_out_at IS NULL AND event_id IN (SELECT id FROM ended)
     )
     SELECT id, body AS reply FROM ended LEFT JOIN ops.webhook_replies ON event_id = id`,
    [ids],
  );
  return rows;
}

/** The answer to an inbound SMS, with a message or without one. */
export function twiml(reply: string | null): string {
  const message = reply === null ? '' : `<Message>${escapeXml(reply)}</Message>`;
  return `<?xml version="1.0" encoding="UTF-8"?>${message === '' ? '<Response/>' : `<Response>${message}</Response>`}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? '');
}
