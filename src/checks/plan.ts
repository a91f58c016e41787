import type { LiveSchema } from '../db/catalog.js';
import type { Parameter } from './check.js';
import type { ParsedCheck } from './check-file.js';
import { type Shape, type Source, sourceKey, type Target } from './shape.js';
import { type Restriction, restrictionOf } from './since.js';
import { normalForm, parameterUses } from './sql-text.js';

/** One question that a statement answers. Several probes of the same unit are answered by one scan. */
export type Probe =
  | { kind: 'count'; check: ParsedCheck; predicate: string; targets: readonly Target[] }
  | { kind: 'aggregate'; check: ParsedCheck; targets: readonly Target[] }
  /** `restriction`: on the rows that the check returns. */
  | { kind: 'shared'; check: ParsedCheck; rest: string; hasCents: boolean; restriction: string | null }
  /** `known`: hashed keys of a baseline, whose violations are counted apart. */
  | {
      kind: 'alone';
      check: ParsedCheck;
      hasCents: boolean;
      restriction: string | null;
      known: readonly string[] | null;
    }
  | { kind: 'rows'; key: string; population: string | null; parameters: Readonly<Record<string, Parameter>> };

export type CountProbe = Probe & { kind: 'count' };

/** A probe that answers a check. */
export type CheckProbe = Exclude<Probe, { kind: 'rows' }>;

/** One statement to be: what it reads, and what it answers. */
export interface Unit {
  /** For a person: `orders`, `WITH order_items`, or the check's id. */
  title: string;
  source: Source | null;
  /** Bound with the parameters of the first probe's check; all probes agree on them. */
  parameters: Readonly<Record<string, Parameter>>;
  /** On the rows that are scanned. */
  restriction: string | null;
  probes: Probe[];
  /** Tables that it reads. */
  tables: string[];
  /** Why it stands apart from the scan of its table; null for that scan itself. */
  reason: string | null;
}

export interface Plan {
  units: Unit[];
  /** By check id: the key of the `rows` probe that is its denominator; absent where it has none. */
  denominators: ReadonlyMap<string, string>;
  /** By check id: null where `--since` could not narrow the check, which then looks at everything. */
  restrictions: ReadonlyMap<string, Restriction | null>;
}

export interface PlanOptions {
  isSince: boolean;
  /** By check id: hashed keys of violations that are already known. */
  known: ReadonlyMap<string, readonly string[]>;
}

/**
 * Puts checks together into as few statements as their shapes allow, the costly ones first: filters and aggregates of
 * one table into one scan of it, checks over the same WITH query into one evaluation of that, the rest alone.
 */
export function planChecks(checks: readonly ParsedCheck[], live: LiveSchema, options: PlanOptions): Plan {
  const units = new Map<string, Unit>();
  const denominators = new Map<string, string>();
  const restrictions = new Map<string, Restriction | null>();
  for (const check of checks) {
    const restriction = options.isSince ? restrictionOf(check, live) : null;
    restrictions.set(check.id, restriction);
    addCheck(units, check, restriction, options.known.get(check.id) ?? null);
    const key = addDenominator(units, check, restriction?.onEntity ?? null);
    if (key !== null) denominators.set(check.id, key);
  }
  const cost = (unit: Unit) =>
    (unit.source?.kind === 'table' ? 1 : 3) * sum(unit.tables.map((table) => live.get(table)?.estimatedRows ?? 0));
  const sorted = [...units.values()].sort((a, b) => cost(b) - cost(a));
  return { units: sorted, denominators, restrictions };
}

function addCheck(
  units: Map<string, Unit>,
  check: ParsedCheck,
  narrowed: Restriction | null,
  known: readonly string[] | null,
): void {
  const { shape, parameters } = check;
  const onResult = narrowed?.onResult ?? null;
  if (shape.kind === 'alone' || (known !== null && check.metric === null)) {
    const hasCents =
      shape.kind === 'alone' || shape.kind === 'shared'
        ? shape.hasCents
        : shape.targets.some(({ name }) => name === 'cents');
    units.set(`alone ${check.id}`, {
      title: check.id,
      source: null,
      parameters,
      restriction: null,
      probes: [{ kind: 'alone', check, hasCents, restriction: onResult, known }],
      tables: check.tables,
      reason: shape.kind === 'alone' ? shape.reason : 'its violations are compared with the baseline',
    });
    return;
  }
  const { source } = shape;
  const isShared = shape.kind === 'shared';
  const restriction = isShared ? null : (narrowed?.onScan ?? null);
  const key = `${isShared ? 'shared' : 'scan'} | ${scanKey(source, restriction, parameters)}`;
  const unit = unitFor(units, key, () => ({
    title: source.kind === 'table' ? source.name : `WITH ${source.name}`,
    source,
    parameters,
    restriction,
    probes: [],
    tables: source.kind === 'table' ? [source.name] : check.tables,
    reason: reasonApart(shape, restriction),
  }));
  unit.tables = [...new Set([...unit.tables, ...(source.kind === 'table' ? [] : check.tables)])];
  if (shape.kind === 'filter')
    unit.probes.push({ kind: 'count', check, predicate: shape.predicate, targets: shape.targets });
  else if (shape.kind === 'aggregate') unit.probes.push({ kind: 'aggregate', check, targets: shape.targets });
  else unit.probes.push({ kind: 'shared', check, rest: shape.rest, hasCents: shape.hasCents, restriction: onResult });
}

/** Why the checks of a shape are not answered by the scan of their table; null where they are. */
function reasonApart(shape: Shape, restriction: string | null): string | null {
  if (shape.kind === 'shared' || shape.kind === 'alone') return shape.reason;
  if (shape.source.kind === 'cte') return 'reads what the WITH query puts together';
  return restriction === null ? null : 'other rows are new for it';
}

/** Counts the rows of the check's entity in the scan of that table, once for all checks that need the same count. */
function addDenominator(units: Map<string, Unit>, check: ParsedCheck, restriction: string | null): string | null {
  const { entity, population, parameters } = check;
  if (entity === null || check.metric !== null) return null;
  const source: Source = { kind: 'table', name: entity };
  const unitKey = `scan | ${scanKey(source, restriction, parameters)}`;
  const unit = unitFor(units, unitKey, () => ({
    title: entity,
    source,
    parameters,
    restriction,
    probes: [],
    tables: [entity],
    reason: null,
  }));
  const values = population === null ? '' : `${normalForm(population)} ${usedValues(population, parameters)}`;
  const key = `${unitKey} | ${values}`;
  if (!unit.probes.some((probe) => probe.kind === 'rows' && probe.key === key)) {
    unit.probes.push({ kind: 'rows', key, population, parameters });
  }
  return key;
}

function unitFor(units: Map<string, Unit>, key: string, make: () => Unit): Unit {
  const existing = units.get(key);
  if (existing !== undefined) return existing;
  const unit = make();
  units.set(key, unit);
  return unit;
}

/** Two checks share a scan only where what it reads is the same, down to the values of their own parameters in it. */
function scanKey(source: Source, restriction: string | null, parameters: Readonly<Record<string, Parameter>>): string {
  const body = source.kind === 'table' ? '' : usedValues(source.body, parameters);
  return [sourceKey(source), body, restriction, usedValues(restriction ?? '', parameters)].join(' | ');
}

function usedValues(sql: string, parameters: Readonly<Record<string, Parameter>>): string {
  const names = new Set(parameterUses(sql).map(({ name }) => name));
  return JSON.stringify(Object.entries(parameters).filter(([name]) => names.has(name)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
