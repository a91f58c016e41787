import type { CatalogueEntry } from '../checks/catalogue.js';
import type { History } from '../checks/history.js';
import type { CheckRun } from '../checks/run.js';
import type { Scored } from '../checks/scorecard.js';
import type { Context } from '../context.js';

/** Judges checks on all rows, as of now, without samples. */
export async function judgeForScore(
  context: Context,
  checks: readonly CatalogueEntry[],
  onProgress: (text: string) => void,
): Promise<CheckRun> {
  const [{ runChecks, VERDICTS_ONLY }, { configuredGlobals }, { config }, database] = await Promise.all([
    import('../checks/run.js'),
    import('../checks/parameters.js'),
    context.loaded(),
    context.database(),
  ]);
  return runChecks(await database.reading(), checks, {
    jobs: config.checks.jobs,
    limits: database.limits,
    ...VERDICTS_ONLY,
    globals: configuredGlobals(config),
    signal: context.io.signal,
    onProgress: (what, done, of) => onProgress(`Checking ${what} (${done} of ${of})`),
  });
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
