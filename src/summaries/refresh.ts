import { type BusinessClock, readBusinessClock } from '../db/business-clock.js';
import { couldNot } from '../db/errors.js';
import { holdLock } from '../db/lock.js';
import type { Pool } from '../db/pool.js';
import { inRun } from '../db/run.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import { refreshBusinessHealth } from './business-health.js';
import { refreshDailyOrderStats, touchedDays } from './daily-order-stats.js';
import { refreshKpiSnapshots } from './kpi-snapshots.js';
import { moveWatermark, noteRefreshed, readScope, type Scope, type ScopeOptions } from './scope.js';
import type { Written } from './written.js';

type SummaryTable = 'daily_order_stats' | 'customer_rfm_scores' | 'business_health' | 'kpi_snapshots';

export interface RefreshOptions extends ScopeOptions {
  runId: string;
  limits: SessionLimits;
  signal: AbortSignal;
  /** Refreshes ops.customer_rfm_scores in the same transaction, or says why not. */
  keepScores(session: Session): Promise<Written | { reason: string }>;
  onProgress(text: string): void;
}

/** What became of one table. */
export interface RefreshedTable {
  name: SummaryTable;
  /** Null where it was left as it is, for the reason. */
  written: Written | null;
  reason: string | null;
  rows: number;
}

export interface Refreshed {
  clock: BusinessClock;
  scope: Scope;
  /** The days of ops.daily_order_stats that were recomputed; null for all. */
  days: string[] | null;
  tables: RefreshedTable[];
  watermark: string;
}

/** Brings the summary tables up to one instant of the platform: all of them, or none. */
export async function refresh(pool: Pool, options: RefreshOptions): Promise<Refreshed> {
  const { runId, full, since, limits, signal } = options;
  const run = { id: runId, command: 'refresh', arguments: { full, since }, writes: [], limits, signal };
  const { value } = await inRun(pool, run, async () => {
    // `segments --apply` writes scores too. A table that both write would end one of them with a serialization failure.
    const segments = await holdLock(pool, 'segments', { limits, signal });
    try {
      const refreshed = await inSession(pool, { mode: 'write', oneInstant: true, limits, signal }, (session) =>
        refreshAll(session, options),
      ).catch(couldNot('refresh the summaries', signal));
      return { value: refreshed, exitCode: 0, summary: summaryOf(refreshed) };
    } finally {
      await segments.release();
    }
  });
  return value;
}

function summaryOf({ scope, days, tables }: Refreshed): Record<string, string | number | null> {
  const changed = tables.map(({ name, written }) => [
    name,
    written === null ? null : written.changed + written.removed,
  ]);
  return { scope: scope.kind, days: days?.length ?? null, ...Object.fromEntries(changed) };
}

async function refreshAll(session: Session, options: RefreshOptions): Promise<Refreshed> {
  const { sold, onProgress } = options;
  const clock = await readBusinessClock(session, options.timezone);
  const scope = await readScope(session, options);
  onProgress('Looking for days that changed');
  const days = scope.kind === 'full' ? null : await touchedDays(session, options, scope.since);
  const tables: RefreshedTable[] = [];
  const refreshTable = async (name: SummaryTable, work: () => Promise<Written | { reason: string }>) => {
    onProgress(`Refreshing ${name}`);
    const outcome = await work();
    const isWritten = 'changed' in outcome;
    if (isWritten) await noteRefreshed(session, name, options);
    const { rows } = await session.query<{ rows: number }>(`SELECT count(*) AS rows FROM ops.${name}`);
    tables.push({
      name,
      written: isWritten ? outcome : null,
      reason: isWritten ? null : outcome.reason,
      rows: rows[0]?.rows ?? 0,
    });
  };
  await refreshTable('daily_order_stats', () => refreshDailyOrderStats(session, options, days));
  await refreshTable('customer_rfm_scores', () => options.keepScores(session));
  await refreshTable('business_health', () => refreshBusinessHealth(session, clock.day));
  await refreshTable('kpi_snapshots', () => refreshKpiSnapshots(session, clock, sold));
  return { clock, scope, days, tables, watermark: await moveWatermark(session, scope, clock, options.runId) };
}
