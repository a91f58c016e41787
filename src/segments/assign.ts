import { couldNot } from '../db/errors.js';
import { type ChangeLimit, changeRows, exceeded, refuseTooMany } from '../db/ledger.js';
import type { Pool } from '../db/pool.js';
import { inRun, type WritingRun } from '../db/run.js';
import { inSession, type SessionLimits } from '../db/session.js';
import { type PlannedChange, planSegments, type SegmentPlan } from './plan.js';

export interface SegmentOptions {
  runId: string;
  apply: boolean;
  limit: ChangeLimit;
  timezone: string;
  sold: readonly string[];
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(text: string): void;
}

/** What a run planned and did. */
export interface Segmented extends SegmentPlan {
  mode: 'dry-run' | 'apply';
  /** Categories that were changed; null in a dry run. */
  applied: number | null;
  /** Customers that could not be changed: another transaction held them, or their category was changed meanwhile. */
  left: { busy: number; moved: number };
  /** Set where --apply would refuse the plan, as larger than this. */
  tooMany: number | null;
}

/** Changes shown as examples. */
const EXAMPLES = 5;

/** Customers whose categories change in one transaction: a moment's work, so that no order waits for it. */
const BATCH = 2_000;

/** Scores all customers; with `apply` keeps the scores and gives each customer with a sold order its segment's category. */
export async function segmentCustomers(pool: Pool, options: SegmentOptions): Promise<Segmented> {
  const { limits, signal, timezone, sold } = options;
  options.onProgress('Scoring the customers');
  if (!options.apply) {
    const plan = await inSession(pool, { mode: 'read', limits, signal }, (session) =>
      planSegments(session, { timezone, sold, list: EXAMPLES, write: false }),
    ).catch(couldNot('score the customers', signal));
    const tooMany = exceeded(options.limit, plan.planned, plan.customers);
    return { ...plan, mode: 'dry-run', applied: null, left: { busy: 0, moved: 0 }, tooMany };
  }
  const { value } = await inRun(
    pool,
    {
      id: options.runId,
      command: 'segments',
      arguments: { ...options.limit },
      writes: ['customers'],
      limits,
      signal,
    },
    async (run) => {
      const segmented = await apply(pool, run, options);
      return { value: segmented, exitCode: exitCodeOf(segmented), summary: summaryOf(segmented) };
    },
  );
  return value;
}

/** 1 where something is left to do: in a dry run the plan, after `--apply` what could not be changed. */
export function exitCodeOf({ mode, planned, left }: Segmented): 0 | 1 {
  return (mode === 'dry-run' ? planned : left.busy + left.moved) > 0 ? 1 : 0;
}

/** For `smsfood runs`. */
export function summaryOf({ scored, planned, applied, left }: Segmented): Record<string, number | null> {
  return { scored, planned, applied, left: left.busy + left.moved };
}

async function apply(pool: Pool, run: WritingRun, options: SegmentOptions): Promise<Segmented> {
  const { limits, signal, timezone, sold } = options;
  const plan = await inSession(pool, { mode: 'write', limits, signal }, async (session) => {
    const scored = await planSegments(session, { timezone, sold, list: null, write: true });
    refuseTooMany('customers', scored.planned, scored.customers, options.limit); // the scores go back too
    return scored;
  }).catch(couldNot('score the customers', signal));
  let applied = 0;
  const left = { busy: 0, moved: 0 };
  for (let from = 0; from < plan.changes.length; from += BATCH) {
    await run.verify();
    const batch = plan.changes.slice(from, from + BATCH);
    const { changed, busy } = await assignCategories(pool, run, batch, options);
    applied += changed;
    left.busy += busy;
    left.moved += batch.length - changed - busy;
    options.onProgress(`Changing categories (${from + batch.length} of ${plan.changes.length})`);
  }
  return { ...plan, changes: plan.changes.slice(0, EXAMPLES), mode: 'apply', applied, left, tooMany: null };
}

/** The quintiles are those of the plan; what is looked at again is that nobody else has given the customer a category. */
async function assignCategories(
  pool: Pool,
  run: WritingRun,
  batch: readonly PlannedChange[],
  { limits, signal }: SegmentOptions,
): Promise<{ changed: number; busy: number }> {
  const ids = batch.map(({ id }) => id);
  const outcome = await inSession(pool, { mode: 'write', limits, signal }, (session) =>
    changeRows(session, {
      runId: run.id,
      table: 'customers',
      columns: ['category'],
      ids,
      values: `
        SELECT c.id, p.reason, p.category
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS p (id, present, category, reason)
        JOIN customers c ON c.id = p.id
        WHERE c.id = ANY ($1::text[]) AND c.category IS NOT DISTINCT FROM p.present`,
      parameters: [
        ids,
        batch.map(({ present }) => present),
        batch.map(({ category }) => category),
        batch.map(({ reason }) => reason),
      ],
      whenLocked: 'skip',
    }),
  ).catch(couldNot('change the categories', signal));
  return { changed: outcome.changed.length, busy: outcome.busy.length };
}
