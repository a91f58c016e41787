import type { Answer } from './answer.js';
import type { CatalogueEntry } from './catalogue.js';
import type { Failure, Measured } from './measure.js';
import type { Plan, Probe } from './plan.js';
import { blankResult, type CheckResult, failed, judge, judgeCount } from './verdict.js';

/** Exactly one result for each check. `unmet`: by id, why a check could not be asked. */
export function resultsOf(
  checks: readonly CatalogueEntry[],
  plan: Plan,
  measured: Measured,
  unmet: ReadonlyMap<string, string>,
): Map<string, CheckResult> {
  const rows = new Map<string, number | Failure>();
  const own = new Map<string, Probe>();
  for (const probe of plan.units.flatMap((unit) => unit.probes)) {
    if (probe.kind !== 'rows') own.set(probe.check.id, probe);
    else {
      const answer = measured.answers.get(probe);
      rows.set(probe.key, answer?.kind === 'rows' ? answer.rows : (measured.failures.get(probe) ?? NOT_JUDGED));
    }
  }
  return new Map(
    checks.map((check) => {
      const result = blankResult(check);
      if (!check.enabled)
        return [check.id, { ...result, status: 'skipped', reason: 'switched off in the configuration' }];
      const reason = unmet.get(check.id);
      if (reason !== undefined) return [check.id, { ...result, status: 'skipped', reason }];
      const probe = own.get(check.id);
      const denominator = rows.get(plan.denominators.get(check.id) ?? '') ?? null;
      const duration = probe === undefined ? undefined : measured.durations.get(probe);
      return [check.id, { ...result, durationMs: duration ?? null, ...verdict(check, probe, measured, denominator) }];
    }),
  );
}

const NOT_JUDGED: Failure = { code: 'NOT_JUDGED', message: 'not judged', cause: null };

function verdict(
  check: CatalogueEntry,
  probe: Probe | undefined,
  measured: Measured,
  denominator: number | Failure | null,
): Partial<CheckResult> {
  const answer: Answer | undefined = probe === undefined ? undefined : measured.answers.get(probe);
  if (answer === undefined)
    return failed((probe === undefined ? undefined : measured.failures.get(probe)) ?? NOT_JUDGED);
  if (typeof denominator === 'object' && denominator !== null) return failed(denominator);
  return judge(check, answer, denominator);
}

/** Says of a check how many entries of the baseline have run out. */
export function noteExpired(result: CheckResult | undefined, count: number): void {
  if (result === undefined || result.violations === null) return;
  result.baseline = { known: 0, new: result.violations, gone: 0, expired: count };
}

/** Judges a check by the violations that the baseline does not know. */
export function compareWithBaseline(
  result: CheckResult | undefined,
  checks: readonly CatalogueEntry[],
  plan: Plan,
  measured: Measured,
  keys: readonly string[],
  isSince: boolean,
): void {
  const check = checks.find(({ id }) => id === result?.id);
  const probe = plan.units
    .flatMap((unit) => unit.probes)
    .find((each) => each.kind === 'alone' && each.check.id === check?.id);
  const answer = probe === undefined ? undefined : measured.answers.get(probe);
  if (result === undefined || check === undefined || answer?.kind !== 'count' || result.status === 'error') return;
  const fresh = answer.violations - answer.known;
  result.baseline = {
    known: answer.known,
    new: fresh,
    gone: isSince ? null : keys.length - answer.recognised,
    expired: 0,
  };
  result.status = judgeCount(check, fresh, result.rows);
}
