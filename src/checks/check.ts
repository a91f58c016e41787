import type { ParameterValue } from '../config-schema.js';
import type { Threshold } from './threshold.js';

export const DIMENSIONS = [
  'completeness',
  'validity',
  'consistency',
  'uniqueness',
  'integrity',
  'timeliness',
  'temporal',
  'anomaly',
  'schema',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const LEVELS = ['fail', 'warn'] as const;
export type Level = (typeof LEVELS)[number];

/** SQL types that a check's own parameter may have. */
export const PARAMETER_TYPES = ['integer', 'number', 'text', 'text[]', 'interval'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export interface Parameter {
  type: ParameterType;
  value: ParameterValue;
}

/** One check as its file defines it, with the configuration's overrides applied. */
export interface Check {
  /** `<domain>.<slug>`, from the path. */
  id: string;
  domain: string;
  title: string;
  dimension: Dimension;
  /** At least one of the two is set. */
  thresholds: { fail?: Threshold; warn?: Threshold };
  /** Table whose rows are the denominator of a percentage; null where a percentage makes no sense. */
  entity: string | null;
  /** SQL predicate that restricts the denominator, or null for all rows. */
  population: string | null;
  /** Column of the check's rows that identifies one. */
  key: string;
  owner: string | null;
  why: string | null;
  remedy: string | null;
  parameters: Readonly<Record<string, Parameter>>;
  /** Present on a metric check, which selects one `value` instead of violations. */
  metric: { unit: string } | null;
  /** What a metric without a value means. */
  noValue: 'skip' | 'fail';
  /** Tables beside the platform's that it reads, `schema.name`: where one is missing it is skipped. */
  requires: readonly string[];
  /** SQL that selects the keys touched by rows newer than `:since`; null for the rule by the row's own times. */
  since: string | null;
  /** The statement, as in the file, without a trailing semicolon. */
  sql: string;
  /** Absolute path. */
  file: string;
  /** 1-based line of the file on which `sql` starts. */
  sqlLine: number;
}

/** The worst outcome that a check can have. */
export function levelOf(check: Check): Level {
  return check.thresholds.fail === undefined ? 'warn' : 'fail';
}

/** The part of an id before the dot. */
export function domainOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}
