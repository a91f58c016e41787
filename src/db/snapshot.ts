import { describe, isConnectionLost, statementError } from './errors.js';
import type { Pool } from './pool.js';
import { beginSession, type Session, type SessionLimits, type SessionOptions } from './session.js';
import { settingsStatement } from './settings.js';

/** Reading sessions that see one and the same instant. */
export interface Snapshot {
  readonly pool: Pool;
  /** The one that the others have joined: with it goes the snapshot. Its clock is that of the instant. */
  readonly first: Session;
  /** The first one and all others. */
  readonly sessions: readonly Session[];
  /** `shared`: all sessions joined one exported snapshot. `single`: only one session could be had. */
  readonly kind: 'shared' | 'single';
  /** Why it is single although more sessions were asked for. */
  readonly reason: string | null;
  /** Goes on with `count` sessions, or as many as can be had, under other limits. Those there are must be at rest. */
  widen(count: number, limits: SessionLimits): Promise<void>;
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
  let { limits } = options;
  let reason: string | null = null;
  let asked = 1;
  const begin = (snapshot?: string) => beginSession(pool, { ...options, limits, mode: 'read', snapshot });
  const { first, id, refusal } = await openFirst(begin, options.signal);
  const sessions = [first];
  const end = async () => {
    await Promise.all(sessions.map((session) => session.end('rollback')));
  };
  const grow = async (wanted: number) => {
    asked = wanted;
    if (sessions.length >= wanted) return;
    reason = refusal;
    if (id === null) return;
    try {
      sessions.push(...(await joinAll(wanted - sessions.length, () => begin(id))));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isConnectionLost(error)) throw statementError(error, 'open a snapshot');
      reason = describe(error);
    }
  };
  try {
    await grow(count);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    pool,
    first,
    sessions,
    get kind() {
      return sessions.length > 1 || asked === 1 ? 'shared' : 'single';
    },
    get reason() {
      return reason;
    },
    async widen(wanted, next) {
      limits = next;
      for (const session of sessions) await session.query(settingsStatement(pool, { limits }));
      await grow(wanted);
    },
    async replace(lost) {
      const index = sessions.indexOf(lost);
      if (id === null || index < 1) return null; // the exporter itself is gone, and the snapshot with it
      await lost.end('rollback');
      try {
        const fresh = await begin(id);
        sessions[index] = fresh;
        return fresh;
      } catch {
        options.signal?.throwIfAborted();
        return null;
      }
    },
    end,
  };
}

/** Does work on a snapshot of `count` sessions, which ends with it. */
export async function inSnapshot<T>(
  pool: Pool,
  count: number,
  options: Omit<SessionOptions, 'mode' | 'snapshot'>,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const snapshot = await openSnapshot(pool, count, options);
  try {
    return await work(snapshot);
  } finally {
    await snapshot.end();
  }
}

interface First {
  first: Session;
  /** What others join by; null where the server refuses to export. */
  id: string | null;
  refusal: string | null;
}

/** Exports at once, for whoever joins later: a transaction that has had a savepoint exports nothing any more. */
async function openFirst(begin: () => Promise<Session>, signal: AbortSignal | undefined): Promise<First> {
  const session = await begin();
  try {
    const { rows } = await session.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    return { first: session, id: rows[0]?.id ?? '', refusal: null };
  } catch (error) {
    await session.end('rollback'); // the failed export aborted the transaction, and a new one takes its place
    signal?.throwIfAborted();
    if (isConnectionLost(error)) throw statementError(error, 'open a snapshot');
    return { first: await begin(), id: null, refusal: describe(error) };
  }
}

/** All sessions that could join; throws the first trouble only when none could. */
async function joinAll(count: number, join: () => Promise<Session>): Promise<Session[]> {
  const outcomes = await Promise.allSettled(Array.from({ length: count }, join));
  const joined = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (joined.length === 0 && failed !== undefined) throw failed.reason;
  return joined;
}
