import { type ChangeLimit, exceeded, refuseTooMany } from '../db/ledger.js';
import type { Pool } from '../db/pool.js';
import { inRun, type WritingRun } from '../db/run.js';
import { inSession, type SessionLimits } from '../db/session.js';
import { applyChanges } from './apply.js';
import { type LeftNumber, type PlannedChange, planRecycle, type RecyclePlan } from './plan.js';
import { providerColumn, readStandings } from './standing.js';

export interface ChangeOptions {
  runId: string;
  apply: boolean;
  /** On top of every cooldown, against clocks of the platform that differ from the database's. */
  marginMs: number;
  limits: SessionLimits;
  signal: AbortSignal;
}

export interface RecycleOptions extends ChangeOptions {
  releaseInactive: boolean;
  limit: ChangeLimit;
  onProgress(done: number, of: number): void;
}

/** What a run planned and did. */
export interface Changes {
  mode: 'dry-run' | 'apply';
  /** The database's clock when the plan was made. */
  now: string;
  planned: readonly PlannedChange[];
  /** Ids of the numbers that were changed; null in a dry run. */
  applied: ReadonlySet<string> | null;
  /** Businesses that lost their number or provider id; null in a dry run. */
  businesses: number | null;
  left: readonly LeftNumber[];
}

export interface Recycled extends Changes {
  releasable: number | null;
  /** Set where --apply would refuse the plan, as larger than this. */
  tooMany: number | null;
}

interface Planned extends RecyclePlan {
  now: string;
  provider: string | null;
  rows: TableRows;
}

/** How many rows the two tables have. */
interface TableRows {
  numbers: number;
  businesses: number;
}

/** What the guard looks at: the rows of each table that would change. */
function affected(changes: readonly PlannedChange[], { numbers, businesses }: TableRows) {
  const losing = new Set(changes.flatMap(({ clear }) => clear)).size;
  return [
    { table: 'phone_number_inventory', planned: changes.length, tableRows: numbers },
    { table: 'business_customers', planned: losing, tableRows: businesses },
  ];
}

/** Moves numbers whose cooldown is over to AVAILABLE, and on demand those of businesses that have left to COOLDOWN. */
export async function recycle(pool: Pool, options: RecycleOptions): Promise<Recycled> {
  if (!options.apply) {
    const { changes, left, releasable, now, rows } = await plan(pool, options);
    const tooMany =
      affected(changes, rows)
        .map(({ planned, tableRows }) => exceeded(options.limit, planned, tableRows))
        .find((most) => most !== null) ?? null;
    return { mode: 'dry-run', now, planned: changes, applied: null, businesses: null, left, releasable, tooMany };
  }
  const { releaseInactive, limit } = options;
  const { value } = await inRun(
    pool,
    {
      ...options,
      id: options.runId,
      command: 'phones recycle',
      arguments: { releaseInactive, ...limit },
      writes: releaseInactive ? ['phone_number_inventory', 'business_customers'] : ['phone_number_inventory'],
    },
    async (run) => {
      const recycled = await applyPlan(pool, run, await plan(pool, options), options);
      return { value: recycled, exitCode: exitCodeOf(recycled, 'recycle'), summary: summaryOf(recycled) };
    },
  );
  return value;
}

async function plan(pool: Pool, options: RecycleOptions): Promise<Planned> {
  return inSession(pool, { ...options, mode: 'read' }, async (session) => {
    const provider = await providerColumn(session, pool.url.schema);
    const { rows } = await session.query<TableRows & { now: string }>(
      `SELECT date_trunc('milliseconds', transaction_timestamp()) AS now, count(*) AS numbers,
         (SELECT count(*) FROM business_customers) AS businesses
       FROM phone_number_inventory`,
    );
    const { now = '', ...counted } = rows[0] ?? { numbers: 0, businesses: 0 };
    const numbers = await readStandings(session, {
      provider,
      ids: null,
      marginMs: options.marginMs,
      without: ['cooling', 'held', 'reserved', 'idle'],
    });
    return { ...planRecycle(numbers, options), provider, now, rows: counted };
  });
}

async function applyPlan(
  pool: Pool,
  run: WritingRun,
  { changes, left, releasable, now, provider, rows }: Planned,
  options: RecycleOptions,
): Promise<Recycled> {
  for (const { table, planned, tableRows } of affected(changes, rows)) {
    refuseTooMany(table, planned, tableRows, options.limit);
  }
  const applied = await applyChanges(pool, run, changes, {
    ...options,
    provider,
    onProgress: (done) => options.onProgress(done, changes.length),
  });
  return {
    mode: 'apply',
    now,
    planned: changes,
    applied: applied.numbers,
    businesses: applied.businesses,
    left: [...left, ...applied.left],
    releasable,
    tooMany: null,
  };
}

/**
 * 1 where something is left to do: numbers that need somebody's attention, and in the dry run of a recycling the plan
 * itself. A number that somebody asks to release is no finding.
 */
export function exitCodeOf({ planned, applied, left }: Changes, command: 'recycle' | 'release'): 0 | 1 {
  const isOverdue = command === 'recycle' && applied === null && planned.length > 0;
  return left.length > 0 || isOverdue ? 1 : 0;
}

/** For `smsfood runs`. */
export function summaryOf({ planned, applied, businesses, left }: Changes): Record<string, number | null> {
  return { planned: planned.length, applied: applied?.size ?? null, businesses, left: left.length };
}
