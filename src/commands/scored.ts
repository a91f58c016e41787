import type { CatalogueEntry } from '../checks/catalogue.js';
import type { History } from '../checks/history.js';
import type { CheckRun, RunOptions } from '../checks/run.js';
import type { Scored } from '../checks/scorecard.js';
import type { Context } from '../context.js';
import type { Snapshot } from '../db/snapshot.js';

/** Judges checks on all rows, without samples: on the instant of a snapshot, or without one as of now. */
export async function judgeForScore(
  context: Context,
  checks: readonly CatalogueEntry[],
  onProgress: (text: string) => void,
  snapshot?: Snapshot,
): Promise<CheckRun> {
  const [{ runChecks, runChecksOn, VERDICTS_ONLY }, { configuredGlobals }, { config }, database] = await Promise.all([
    import('../checks/run.js'),
    import('../checks/parameters.js'),
    context.loaded(),
    context.database(),
  ]);
  const options: RunOptions = {
    jobs: config.checks.jobs,
    limits: database.limits,
    ...VERDICTS_ONLY,
    globals: configuredGlobals(config),
    signal: context.io.signal,
    onProgress: (what, done, of) => onProgress(`Checking ${what} (${done} of ${of})`),
  };
  if (snapshot !== undefined) return runChecksOn(snapshot, checks, options);
  return runChecks(await database.reading(), checks, options);
}

export interface Past {
  history: History;
  past: { results: Scored[]; at: string | null };
  /** Why there is no trend, or null. */
  noTrend: string | null;
}

/** What the history remembers of checks. */
export async function pastOf(context: Context, checks: readonly CatalogueEntry[]): Promise<Past> {
  const [{ openHistory }, { pastResults }, database] = await Promise.all([
    import('../checks/history.js'),
    import('../checks/scorecard.js'),
    context.database(),
  ]);
  const history = await openHistory(await database.direct(), database.limits, context.io.signal);
  const ids = checks.map(({ id }) => id);
  const past = history.kind === 'open' ? await pastResults(history, ids) : { results: [], at: null };
  const absent = history.kind === 'absent' ? 'the schema ops is not installed (`smsfood db install`)' : null;
  return { history, past, noTrend: history.kind === 'closed' ? history.reason : absent };
}
