import { describe, isConnectionLost, statementError } from './errors.js';
import type { Pool } from './pool.js';
import { beginSession, type Session, type SessionOptions } from './session.js';

/** Several reading sessions that see one and the same instant. */
export interface Snapshot {
  /** `shared`: all sessions joined one exported snapshot. `single`: only one session could be had. */
  kind: 'shared' | 'single';
  sessions: Session[];
  /** Why it is single although more sessions were asked for. */
  reason: string | null;
  /** A fresh session on the same instant, in place of one whose connection was lost. Null when that cannot be had. */
  replace(lost: Session): Promise<Session | null>;
  end(): Promise<void>;
}

/**
 * Opens `count` reading sessions on one exported snapshot. Where the snapshot cannot be shared (a pooler that spreads
 * connections, a server that refuses, no connection left) it goes on with one session and says why.
 */
export async function openSnapshot(
  pool: Pool,
  count: number,
  options: Omit<SessionOptions, 'mode' | 'snapshot'>,
): Promise<Snapshot> {
  const first = await beginSession(pool, { ...options, mode: 'read' });
  const sessions = [first];
  let id: string | undefined;
  let reason: string | null = null;
  const join = () => beginSession(pool, { ...options, mode: 'read', snapshot: id });
  try {
    if (count > 1) {
      id = await exportSnapshot(first);
      sessions.push(...(await joinAll(count - 1, join)));
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isConnectionLost(error)) throw statementError(error, 'open a snapshot');
    reason = describe(error);
    if (id === undefined) {
      // The failed export aborted the transaction; a new one has to take its place.
      await first.end('rollback');
      sessions[0] = await beginSession(pool, { ...options, mode: 'read' });
    }
  }
  return {
    kind: sessions.length > 1 || count === 1 ? 'shared' : 'single',
    sessions,
    reason,
    async replace(lost) {
      const index = sessions.indexOf(lost);
      if (id === undefined || index < 1) return null; // the exporter itself is gone, and the snapshot with it
      await lost.end('rollback');
      try {
        const fresh = await join();
        sessions[index] = fresh;
        return fresh;
      } catch {
        options.signal?.throwIfAborted();
        return null;
      }
    },
    async end() {
      await Promise.all(sessions.map((session) => session.end('rollback')));
    },
  };
}

async function exportSnapshot(session: Session): Promise<string> {
  const result = await session.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
  return result.rows[0]?.id ?? '';
}

/** All sessions that could join; throws the first trouble only when none could. */
async function joinAll(count: number, join: () => Promise<Session>): Promise<Session[]> {
  const outcomes = await Promise.allSettled(Array.from({ length: count }, join));
  const joined = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (joined.length === 0 && failed !== undefined) throw failed.reason;
  return joined;
}
