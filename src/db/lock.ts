import { SmsfoodError } from '../errors.js';
import { couldNot } from './errors.js';
import type { Pool } from './pool.js';
import { beginSession, type SessionOptions } from './session.js';

/** An advisory lock that is ours until `release`, or until this process or its connection is gone. */
export interface HeldLock {
  /** Throws DB_LOST where the lock went away with its connection: another run may have it by now. */
  verify(): Promise<void>;
  release(): Promise<void>;
}

/** SQL for the key of a feature's lock, `feature` being an SQL expression. */
const lockKey = (feature: string) => `hashtextextended('smsfood ' || ${feature}, 0)`;

/** SQL that is true while somebody holds the lock of a feature: it is seen by every role, unlike the session that holds it. */
export const isLocked = (feature: string) => `EXISTS (
  SELECT FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (l.classid::int8 << 32) | l.objid::int8 = ${lockKey(feature)}
)`;

/**
 * Keeps two runs of one feature apart, on all machines. The lock belongs to a transaction that stays open and does
 * nothing else: it works through a transaction pooler too, and holds back no vacuum, as it has no snapshot.
 * Throws LOCKED where another run has it.
 */
export async function holdLock(pool: Pool, feature: string, options: Omit<SessionOptions, 'mode'>): Promise<HeldLock> {
  const limits = { ...options.limits, idleInTransactionTimeoutMs: 0 };
  const session = await beginSession(pool, { ...options, limits, mode: 'write' });
  try {
    const { rows } = await session.query<{ locked: boolean }>(
      `SELECT pg_try_advisory_xact_lock(${lockKey('$1')}) AS locked`,
      [feature],
    );
    if (rows[0]?.locked !== true) {
      throw new SmsfoodError(
        'LOCKED',
        `Another \`smsfood ${feature}\` is at work on this database.`,
        'Wait for it, then run this again; `smsfood runs list` shows it.',
      );
    }
  } catch (error) {
    await session.end('rollback');
    throw error;
  }
  return {
    async verify() {
      await session.query('SELECT 1').catch(couldNot('keep the lock of this run', options.signal));
    },
    release: () => session.end('rollback'),
  };
}

/** Often enough that a living run is not taken for a killed one for long. */
const RENEWAL_MS = 5_000;

/**
 * Holds a lock that nobody else asks for, as the sign of life of a process that outlives its connections: where it went
 * away with one, it is taken again when the database is back.
 */
export async function showLife(
  pool: Pool,
  name: string,
  options: Omit<SessionOptions, 'mode' | 'signal'>,
): Promise<Pick<HeldLock, 'release'>> {
  let lock: HeldLock | null = await holdLock(pool, name, options);
  let isReleased = false;
  let isBusy = false;
  const renew = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      lock ??= await holdLock(pool, name, options);
      await lock.verify();
    } catch {
      await lock?.release();
      lock = null;
    }
    isBusy = false;
    if (isReleased) await lock?.release();
  };
  const timer = setInterval(renew, RENEWAL_MS);
  timer.unref();
  return {
    async release() {
      isReleased = true;
      clearInterval(timer);
      // Nobody waits for a renewal that waits for the database.
      if (!isBusy) await lock?.release();
    },
  };
}
