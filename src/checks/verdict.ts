import type { FindingStatus, StatusCounts } from '../report.js';
import type { Answer } from './answer.js';
import { type Check, type Dimension, type Level, levelOf } from './check.js';
import type { Failure } from './measure.js';
import type { Sample } from './sample-columns.js';
import { describeThresholds, isBeyond, type Threshold } from './threshold.js';

/** The result of one check, as `smsfood.check/1` documents it. Money is integer cents, durations milliseconds. */
export interface CheckResult {
  id: string;
  title: string;
  dimension: Dimension;
  level: Level;
  status: FindingStatus;
  violations: number | null;
  /** Rows of the entity that were looked at: the denominator. */
  rows: number | null;
  cents: number | null;
  value: number | null;
  unit: string | null;
  threshold: string;
  durationMs: number | null;
  samples: Sample[];
  reason: string | null;
  owner: string | null;
  remedy: string | null;
  /** Absolute path and 1-based line of the statement. */
  file: string;
  line: number;
  scope: 'all' | 'since';
  error: { code: string; position: { line: number; column: number } | null } | null;
  state: { is: 'new' | 'open' | 'resolved'; since: string } | null;
  baseline: { known: number; new: number; gone: number | null; expired: number } | null;
}

/** A result that says nothing yet. */
export function blankResult(check: Check): CheckResult {
  return {
    id: check.id,
    title: check.title,
    dimension: check.dimension,
    level: levelOf(check),
    status: 'error',
    violations: null,
    rows: null,
    cents: null,
    value: null,
    unit: check.metric?.unit ?? null,
    threshold: describeThresholds(check.thresholds),
    durationMs: null,
    samples: [],
    reason: null,
    owner: check.owner,
    remedy: check.remedy,
    file: check.file,
    line: check.sqlLine,
    scope: 'all',
    error: null,
    state: null,
    baseline: null,
  };
}

/** What an answer means by the check's thresholds. */
export function judge(check: Check, answer: Answer, rows: number | null): Partial<CheckResult> {
  switch (answer.kind) {
    case 'count':
      return {
        violations: answer.violations,
        cents: answer.cents,
        rows,
        status: judgeCount(check, answer.violations, rows),
      };
    case 'metric':
      return judgeMetric(check, answer.row);
    case 'rows':
      return {};
  }
}

/** The status that a number of violations has. A percentage of no rows at all is no violation. */
export function judgeCount(check: Check, violations: number, rows: number | null): FindingStatus {
  const measured = (threshold: Threshold) => {
    if (!threshold.percent) return violations;
    // Rounded, since 7 / 100 * 100 is 7.000000000000001 and would lie beyond "> 7%".
    return rows === null || rows === 0 ? 0 : Number(((violations / rows) * 100).toPrecision(12));
  };
  return statusOf(check, measured);
}

function judgeMetric(check: Check, row: Record<string, unknown> | null): Partial<CheckResult> {
  const raw = row?.value ?? null;
  const reason = typeof row?.reason === 'string' ? row.reason : null;
  if (raw === null) {
    const isFinding = check.noValue === 'fail';
    return { status: isFinding ? levelOf(check) : 'skipped', reason: reason ?? 'there is no value to judge' };
  }
  const value = Number(raw);
  if (!Number.isFinite(value)) {
    return { status: 'error', reason: 'the metric is not a number', error: { code: 'NOT_A_NUMBER', position: null } };
  }
  return { value, status: statusOf(check, () => value), reason };
}

function statusOf({ thresholds }: Check, measured: (threshold: Threshold) => number): FindingStatus {
  const { fail, warn } = thresholds;
  if (fail !== undefined && isBeyond(fail, measured(fail))) return 'fail';
  if (warn !== undefined && isBeyond(warn, measured(warn))) return 'warn';
  return 'pass';
}

/** What a failure means: the check could not be evaluated. */
export function failed({ code, message }: Failure): Partial<CheckResult> {
  return { status: 'error', reason: message, error: { code, position: null } };
}

/** Statuses from which on `smsfood check` exits 1. */
export const FAIL_ON = ['fail', 'warn', 'never'] as const;
export type FailOn = (typeof FAIL_ON)[number];

/** 1 for findings (also beside errors), 3 for what could not be judged, else 0. */
export function exitCodeOf(counts: StatusCounts, failOn: FailOn): 0 | 1 | 3 {
  const findings = failOn === 'never' ? 0 : counts.fail + (failOn === 'warn' ? counts.warn : 0);
  if (findings > 0) return 1;
  return counts.error > 0 ? 3 : 0;
}
