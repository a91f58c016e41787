import { onTestFinished } from 'vitest';
import { openPool, type Pool } from '../../src/db/pool.js';
import type { SessionLimits } from '../../src/db/session.js';
import { parseDatabaseUrl } from '../../src/db/url.js';

export const LIMITS: SessionLimits = {
  statementTimeoutMs: 20_000,
  lockTimeoutMs: 2_000,
  idleInTransactionTimeoutMs: 30_000,
  workMem: '16MB',
};

export const APPLICATION = 'smsfood/test/00000000-0000-4000-8000-000000000000';

/** A pool of smsfood's own, closed with the test. */
export async function poolOf(url: string, { max = 10, connectTimeoutMs = 3_000 } = {}): Promise<Pool> {
  const pool = await openPool(parseDatabaseUrl(url, 'DATABASE_URL'), {
    applicationName: APPLICATION,
    connectTimeoutMs,
    max,
  });
  onTestFinished(() => pool.pg.end());
  return pool;
}
