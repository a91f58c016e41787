import { couldNot } from '../db/errors.js';
import { type ChangeLimit, exceeded, refuseTooMany } from '../db/ledger.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import { inRun, type WritingRun } from '../db/run.js';
import { inSession, type SessionLimits } from '../db/session.js';
import { moveWatermark } from '../db/watermark.js';
import { settledSince } from './access.js';
import { type Applied, applyTotals } from './apply.js';
import { makePlan, type Plan } from './plan.js';
import { JOB, type Wanted } from './scope.js';
import { settle } from './settled-totals.js';

export interface ReconcileOptions {
  runId: string;
  apply: boolean;
  wanted: Wanted;
  limit: ChangeLimit;
  sold: readonly string[];
  /** Drifted customers to show. */
  samples: number;
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(text: string): void;
}

/** What a run planned and did. */
export interface Reconciled extends Plan {
  mode: 'dry-run' | 'apply';
  /** Customers whose totals are wrong, by the plan. */
  drifted: number;
  /** Customers that were changed; null in a dry run. */
  applied: number | null;
  /** Customers that stay wrong: another transaction held them to the end, or the right sum does not fit into the column. */
  left: { busy: number; unstorable: number };
  /** Set where --apply would refuse the plan, as larger than this. */
  tooMany: number | null;
  /** Up to when everything has been looked at; null where it never was, or ops is not there. */
  watermark: string | null;
}

/** 1 where something is left to do: in a dry run the drift, after `--apply` what could not be changed. */
export function exitCodeOf({ mode, drifted, left }: Reconciled): 0 | 1 {
  return (mode === 'dry-run' ? drifted : left.busy + left.unstorable) > 0 ? 1 : 0;
}

/** Compares the customers' totals with their sold orders; with `apply` corrects them. Throws TOO_MANY_CHANGES and what `inRun` does. */
export async function reconcile(pool: Pool, options: ReconcileOptions): Promise<Reconciled> {
  if (!options.apply) {
    const plan = await read(pool, options);
    const tooMany = exceeded(options.limit, plan.ids.length, plan.customers ?? 0);
    return finish(plan, { mode: 'dry-run', applied: null, busy: 0, tooMany, watermark: watermarkOf(plan) });
  }
  await requireOps(pool, 'settled_totals', options);
  const { value } = await inRun(
    pool,
    { ...options, id: options.runId, command: 'reconcile', arguments: argumentsOf(options), writes: ['customers'] },
    async (run) => {
      const reconciled = await apply(pool, run, options);
      return { value: reconciled, exitCode: exitCodeOf(reconciled), summary: summaryOf(reconciled) };
    },
  );
  return value;
}

/** A phone number stays out of the records. */
function argumentsOf({ wanted, limit }: ReconcileOptions): Record<string, string | number | boolean | null> {
  return { scope: wanted.kind, since: wanted.kind === 'since' ? wanted.since : null, ...limit };
}

/** For `smsfood runs`. */
export function summaryOf({ scope, scanned, drifted, applied, left }: Reconciled) {
  return { scope: scope.kind, scanned, drifted, applied, left: left.busy + left.unstorable };
}

async function read(
  pool: Pool,
  { wanted, sold, samples, limits, signal, onProgress }: ReconcileOptions,
): Promise<Plan> {
  onProgress('Summing the orders');
  return inSession(pool, { mode: 'read', limits, signal }, (session) =>
    makePlan(session, { wanted, sold, samples }),
  ).catch(couldNot('compare the totals with the orders', signal));
}

async function apply(pool: Pool, run: WritingRun, options: ReconcileOptions): Promise<Reconciled> {
  const { sold, limits, signal, onProgress } = options;
  const plan = await read(pool, options);
  refuseTooMany('customers', plan.ids.length, plan.customers ?? 0, options.limit);
  const { changed, busy } = await applyTotals(pool, run, plan.ids, {
    sold,
    limits,
    signal,
    onProgress: (done, of) => onProgress(`Correcting totals (${done} of ${of})`),
  });
  const watermark = await noteProgress(pool, run, plan, busy, options);
  return finish(plan, { mode: 'apply', applied: changed, busy: busy.length, tooMany: null, watermark });
}

/** What was left to another transaction has to be looked at again, so the watermark waits for it. */
async function noteProgress(
  pool: Pool,
  run: WritingRun,
  { scope, access, now }: Plan,
  busy: Applied['busy'],
  { sold, limits, signal, onProgress }: ReconcileOptions,
): Promise<string | null> {
  const before = scope.kind === 'customer' ? null : scope.watermark;
  if (scope.kind === 'customer' || (scope.kind === 'since' && !scope.moves) || busy.length > 0) return before;
  await run.verify();
  const isStale = access?.isStale === true;
  if (isStale) onProgress('Summing the settled orders');
  await inSession(pool, { mode: 'write', oneInstant: isStale, limits, signal }, async (session) => {
    await moveWatermark(session, JOB, { at: now, fullAt: scope.kind === 'full' ? now : null, runId: run.id, sold });
    if (isStale) await settle(session, { until: settledSince(now), sold, runId: run.id });
  }).catch(couldNot('move the watermark', signal));
  return now;
}

function watermarkOf({ scope }: Plan): string | null {
  return scope.kind === 'customer' ? null : scope.watermark;
}

function finish(
  plan: Plan,
  outcome: {
    mode: Reconciled['mode'];
    applied: number | null;
    busy: number;
    tooMany: number | null;
    watermark: string | null;
  },
): Reconciled {
  const sum = (groups: Plan['groups']) => groups.reduce((total, { customers }) => total + customers, 0);
  const { busy, ...rest } = outcome;
  const unstorable = sum(plan.groups.filter(({ isStorable }) => !isStorable));
  return { ...plan, ...rest, drifted: sum(plan.groups), left: { busy, unstorable } };
}
