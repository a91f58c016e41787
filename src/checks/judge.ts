import type { LiveSchema } from '../db/catalog.js';
import { describe } from '../db/errors.js';
import type { Snapshot } from '../db/snapshot.js';
import { activeKeys, violatingKeys } from './baseline.js';
import type { CatalogueEntry } from './catalogue.js';
import { locateError } from './locate.js';
import { type Measured, measureUnits } from './measure.js';
import type { GlobalParameters } from './parameters.js';
import { type Plan, planChecks } from './plan.js';
import { unmetRequirements } from './requires.js';
import { compareWithBaseline, noteExpired, resultsOf } from './results.js';
import type { CheckRun, RunOptions } from './run.js';
import { takeSamples } from './sample.js';
import type { CheckResult } from './verdict.js';

/** What checks are judged on, and with. */
export interface Judging {
  snapshot: Snapshot;
  live: LiveSchema;
  options: RunOptions;
  globals: GlobalParameters;
  /** The run's clock, ISO 8601 in UTC. */
  now: string;
  notes: string[];
}

/** Exactly one result for each check; what a reader must know of them is added to the notes. */
export async function judgeAll(
  judging: Judging,
  checks: readonly CatalogueEntry[],
): Promise<Pick<CheckRun, 'results' | 'queries' | 'complete' | 'keys'>> {
  const { options, live, globals, snapshot, now } = judging;
  const switchedOn = checks.filter((check) => check.enabled);
  const unmet = await unmetRequirements(snapshot.first, switchedOn);
  const enabled = switchedOn.filter(({ id }) => !unmet.has(id));
  const { known, expired } =
    options.baseline === null ? { known: new Map(), expired: new Map() } : activeKeys(options.baseline, now);
  const plan = planChecks(enabled, live, { isSince: options.since !== null, known });
  let done = 0;
  const measured = await measureUnits(snapshot, plan.units, {
    globals,
    samples: options.samples,
    onUnit: (unit) => options.onProgress(unit.title, ++done, plan.units.length),
  });
  const results = resultsOf(checks, plan, measured, unmet);
  for (const [id, count] of expired) noteExpired(results.get(id), count);
  for (const [id, keys] of known)
    compareWithBaseline(results.get(id), checks, plan, measured, keys, options.since !== null);
  if (options.since !== null) noteScope(judging, plan, results);
  const queries = measured.queries + (await addSamples(judging, plan, measured, results));
  if (!measured.isLost) await locateErrors(judging, enabled, results);
  const keys =
    options.collectKeys && !measured.isLost
      ? await collectKeys(judging, enabled, results)
      : new Map<string, string[]>();
  return { results: [...results.values()], queries, complete: !measured.isLost, keys };
}

function noteScope({ notes }: Judging, plan: Plan, results: Map<string, CheckResult>): void {
  const whole: string[] = [];
  for (const [id, restriction] of plan.restrictions) {
    const result = results.get(id);
    if (result === undefined) continue;
    if (restriction !== null) result.scope = 'since';
    else whole.push(id);
  }
  if (whole.length > 0)
    notes.push(`--since could not narrow these checks, which looked at everything: ${whole.join(', ')}.`);
}

/** Adds masked samples to the results with violations. Returns the number of statements sent. */
async function addSamples(
  { snapshot, live, globals, options, notes }: Judging,
  plan: Plan,
  measured: Measured,
  results: Map<string, CheckResult>,
): Promise<number> {
  if (options.samples === 0 || measured.isLost) return 0;
  const run = { snapshot, live, globals, limit: options.samples, reveal: options.reveal };
  try {
    return await takeSamples(run, plan.units, measured.answers, {
      onSamples: ({ check }, samples) => {
        const result = results.get(check.id);
        if (result !== undefined) result.samples = samples;
      },
      onTrouble: ({ check }, error) => notes.push(`Samples of ${check.id} are missing: ${describe(error)}.`),
    });
  } catch (error) {
    options.signal.throwIfAborted();
    notes.push(`Samples are missing: ${describe(error)}.`);
    return 0;
  }
}

async function locateErrors(
  { snapshot, globals, options }: Judging,
  checks: readonly CatalogueEntry[],
  results: Map<string, CheckResult>,
): Promise<void> {
  for (const check of checks) {
    const result = results.get(check.id);
    if (result?.error?.code.startsWith('42') !== true) continue;
    try {
      const place = await locateError(snapshot.first, check, globals);
      if (place !== null)
        result.error = { code: result.error.code, position: { line: place.line, column: place.column } };
    } catch {
      options.signal.throwIfAborted(); // the verdict stands without its place
    }
  }
}

async function collectKeys(
  { snapshot, globals }: Judging,
  checks: readonly CatalogueEntry[],
  results: Map<string, CheckResult>,
): Promise<Map<string, string[]>> {
  const keys = new Map<string, string[]>();
  for (const check of checks) {
    const { status, violations } = results.get(check.id) ?? {};
    // What passes by its threshold needs no excuse, and may be most of a table.
    const isFinding = status === 'fail' || status === 'warn';
    if (isFinding && violations !== null) keys.set(check.id, await violatingKeys(snapshot.first, check, globals));
  }
  return keys;
}
