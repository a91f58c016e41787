import { SmsfoodError } from '../errors.js';
import { statementError } from './errors.js';
import type { Pool } from './pool.js';
import { beginSession, type SessionOptions } from './session.js';

/** An advisory lock that is ours until `release`, or until this process or its connection is gone. */
export interface HeldLock {
  /** Throws DB_LOST where the lock went away with its connection: another run may have it by now. */
  verify(): Promise<void>;
  release(): Promise<void>;
}

/** SQL for the key of a feature's lock, `feature` being an SQL expression. */
export const lockKey = (feature: string) => `hashtextextended('smsfood ' || ${feature}, 0)`;

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
      await session.query('SELECT 1').catch((error: unknown) => {
        options.signal?.throwIfAborted();
        throw statementError(error, 'keep the lock of this run');
      });
    },
    release: () => session.end('rollback'),
  };
}
