import type { CheckResult } from '../checks/verdict.js';
import type { Context } from '../context.js';
import type { ChangeLimit } from '../db/ledger.js';
import { SmsfoodError } from '../errors.js';
import type { Step, StepContext, StepOutcome, Verdict } from '../nightly/step.js';
import { countByStatus } from '../report.js';
import { count, grouped } from '../words.js';
import { remember } from './check-memory.js';
import { selectedChecks } from './check-options.js';
import { refreshSummaries } from './refresh.js';

export interface NightlyChoices {
  apply: boolean;
  releaseInactive: boolean;
}

/** Nobody looks on: more changes than the guard allows are left to a person. */
const LIMIT: ChangeLimit = { maxChanges: null, force: false };

/** The steps of a night, in their order, each with its feature put into words. */
export function nightlySteps(context: Context, choices: NightlyChoices): Step[] {
  return [
    { name: 'recycle', command: recycleCommand(choices), run: (step) => recycleStep(context, choices, step) },
    { name: 'reconcile', command: 'smsfood reconcile', run: (step) => reconcileStep(context, choices, step) },
    { name: 'segments', command: 'smsfood segments', run: (step) => segmentsStep(context, choices, step) },
    { name: 'summaries', command: 'smsfood refresh', run: (step) => summariesStep(context, step) },
    { name: 'checks', command: 'smsfood check', run: (step) => checksStep(context, step) },
  ];
}

function recycleCommand({ releaseInactive }: NightlyChoices): string {
  return `smsfood phones recycle${releaseInactive ? ' --release-inactive' : ''}`;
}

async function recycleStep(
  context: Context,
  choices: NightlyChoices,
  { runId, signal, onProgress }: StepContext,
): Promise<StepOutcome> {
  const { apply, releaseInactive } = choices;
  const [{ exitCodeOf, recycle, summaryOf }, { config }, database] = await Promise.all([
    import('../phones/recycle.js'),
    context.loaded(),
    context.database(),
  ]);
  const recycled = await recycle(await database.direct(), {
    runId,
    apply,
    releaseInactive,
    limit: LIMIT,
    marginMs: config.phones.margin,
    limits: database.limits,
    signal,
    onProgress: (done, of) => onProgress(`${done} of ${of} numbers`),
  });
  const { planned, applied, left, tooMany } = recycled;
  const changes = apply
    ? `${count(applied?.size ?? 0, 'number')} changed.`
    : `${count(planned.length, 'number')} would change.`;
  return {
    status: exitCodeOf(recycled, 'recycle') === 0 ? 'done' : 'findings',
    message: sentences(
      changes,
      left.length > 0 && `${count(left.length, 'number')} left for a person to settle.`,
      tooMany !== null && guarded(tooMany),
    ),
    next: left.length + (apply ? 0 : planned.length) > 0 ? [recycleCommand(choices)] : [],
    counts: known(summaryOf(recycled)),
  };
}

async function reconcileStep(
  context: Context,
  { apply }: NightlyChoices,
  { runId, signal, onProgress }: StepContext,
): Promise<StepOutcome> {
  const [{ exitCodeOf, reconcile, summaryOf }, { config }, database] = await Promise.all([
    import('../reconcile/reconcile.js'),
    context.loaded(),
    context.database(),
  ]);
  const reconciled = await reconcile(await database.direct(), {
    runId,
    apply,
    wanted: { kind: 'default' },
    limit: LIMIT,
    sold: config.soldStatuses,
    samples: 0,
    limits: database.limits,
    signal,
    onProgress,
  });
  const { drifted, applied, left, groups, scanned, tooMany } = reconciled;
  const { scope: _scope, ...counts } = summaryOf(reconciled);
  const rest = left.busy + left.unstorable;
  const causes = [...new Set(groups.map(({ cause }) => cause))].join('; ');
  return {
    status: exitCodeOf(reconciled) === 0 ? 'done' : 'findings',
    message: sentences(
      `${count(scanned, 'customer')} looked at, ${grouped(drifted)} drifted${causes === '' ? '' : ` (${causes})`}.`,
      apply && drifted > 0 && `${count(applied ?? 0, 'customer')} corrected.`,
      left.busy > 0 && `${count(left.busy, 'customer')} held by another transaction to the end.`,
      left.unstorable > 0 && `${count(left.unstorable, 'customer')} with a sum that the column cannot hold.`,
      tooMany !== null && guarded(tooMany),
    ),
    next: rest > 0 || (!apply && drifted > 0) ? ['smsfood reconcile'] : [],
    counts: known(counts),
  };
}

async function segmentsStep(
  context: Context,
  { apply }: NightlyChoices,
  { runId, signal, onProgress }: StepContext,
): Promise<StepOutcome> {
  const [{ exitCodeOf, segmentCustomers, summaryOf }, { config }, database] = await Promise.all([
    import('../segments/assign.js'),
    context.loaded(),
    context.database(),
  ]);
  const options = { runId, apply, limit: LIMIT, timezone: config.timezone, sold: config.soldStatuses };
  const pool = await database.direct();
  const segmented = await segmentCustomers(pool, { ...options, limits: database.limits, signal, onProgress }).catch(
    (error: unknown) => {
      if (error instanceof SmsfoodError && error.code === 'TOO_FEW_CUSTOMERS') return error;
      throw error;
    },
  );
  // A marketplace that is young is in order: it is not to be told so every night.
  if (segmented instanceof SmsfoodError) return { status: 'skipped', message: segmented.message, next: [], counts: {} };
  const { planned, applied, left, tooMany } = segmented;
  const rest = left.busy + left.moved;
  return {
    status: exitCodeOf(segmented) === 0 ? 'done' : 'findings',
    message: sentences(
      apply
        ? `${count(applied ?? 0, 'category', 'categories')} changed.`
        : `${count(planned, 'category', 'categories')} would change.`,
      rest > 0 && `${count(rest, 'customer')} left, which another transaction held or changed.`,
      tooMany !== null && guarded(tooMany),
    ),
    next: rest > 0 ? ['smsfood segments --apply'] : apply || planned === 0 ? [] : ['smsfood segments'],
    counts: known(summaryOf(segmented)),
  };
}

async function summariesStep(context: Context, { runId, signal, onProgress }: StepContext): Promise<StepOutcome> {
  const { tables, scope } = await refreshSummaries(context, { runId, full: false, since: null, signal, onProgress });
  const written = tables.reduce((sum, table) => sum + (table.written?.changed ?? 0) + (table.written?.removed ?? 0), 0);
  const left = tables.flatMap(({ name, reason }) => (reason === null ? [] : [`${name} is left as it is: ${reason}.`]));
  return {
    status: 'done',
    message: sentences(
      `${count(written, 'row')} written in ${count(tables.length - left.length, 'table')}${scope.kind === 'full' ? `, in a full pass: ${scope.reason}` : ''}.`,
      ...left,
    ),
    next: [],
    counts: { written },
  };
}

async function checksStep(context: Context, { runId, signal, onProgress }: StepContext): Promise<StepOutcome> {
  const [checks, { config }, { runChecks, VERDICTS_ONLY }, { configuredGlobals }, { exitCodeOf }, { found }, database] =
    await Promise.all([
      selectedChecks(context, [], { dimension: [], level: [], owner: [], checks: [], param: [] }),
      context.loaded(),
      import('../checks/run.js'),
      import('../checks/parameters.js'),
      import('../checks/verdict.js'),
      import('../checks/report.js'),
      context.database(),
    ]);
  // The primary, not REPLICA_URL: a replica may not have yet what the steps before have just repaired.
  const run = await runChecks(await database.direct(), checks, {
    jobs: config.checks.jobs,
    limits: database.limits,
    ...VERDICTS_ONLY,
    globals: configuredGlobals(config),
    signal,
    onProgress: (what, done, of) => onProgress(`${what} (${done} of ${of})`),
  });
  await remember(database, run, { runId, asOf: null, since: null, hasBaseline: false, failOn: 'fail', signal });
  const summary = countByStatus(run.results);
  const counts = Object.entries(summary).filter(([, number]) => number > 0);
  const failed = run.results.filter(({ status }) => status === 'fail' || status === 'error').map(({ id }) => id);
  return {
    status: ({ 0: 'done', 1: 'findings', 3: 'errors' } as const)[exitCodeOf(summary, 'fail')],
    message: sentences(
      `${count(run.results.length, 'check')}: ${counts.map(([status, number]) => `${number} ${status}`).join(', ')}.`,
      !run.complete && 'The database was lost before everything was judged.',
      ...run.notes,
    ),
    next: failed.length === 0 ? [] : [`smsfood check ${failed.length > MOST_NAMED ? '' : failed.join(' ')}`.trim()],
    counts: summary,
    verdicts: run.results.map((result) => verdictOf(result, found(result))),
  };
}

/** As many as one command shows with samples and remedies. */
const MOST_NAMED = 5;

function verdictOf(result: CheckResult, found: string): Verdict {
  const { id, title, level, status, violations, cents, remedy, state } = result;
  return { id, title, level, status, violations, cents, found, remedy, state };
}

function guarded(most: number): string {
  return `--apply would refuse more than ${grouped(most)}.`;
}

function sentences(...parts: (string | false)[]): string {
  return parts.filter((part) => part !== false).join(' ');
}

function known(counts: Readonly<Record<string, number | null>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter((entry): entry is [string, number] => entry[1] !== null));
}
