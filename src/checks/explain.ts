import type { ParameterValue } from '../config-schema.js';
import { readLiveSchema } from '../db/catalog.js';
import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type SessionLimits } from '../db/session.js';
import { buildStatement } from './build.js';
import type { CatalogueEntry } from './catalogue.js';
import { type Globals, globalParameters, literal } from './parameters.js';
import { planChecks, type Unit } from './plan.js';
import { unmetRequirements } from './requires.js';
import { tokenize } from './sql-text.js';

/** A statement of the plan, and what it would take without fusion. */
export interface ExplainedUnit {
  title: string;
  checks: string[];
  tables: string[];
  reason: string | null;
  text: string;
}

export interface Explained {
  units: ExplainedUnit[];
  /** By table: full scans as planned, and with one statement for each check and each count of rows. */
  scans: { table: string; planned: number; separate: number }[];
  /** Checks that cannot be asked here. */
  skipped: { check: string; reason: string }[];
}

export interface ExplainOptions {
  limits: SessionLimits;
  signal: AbortSignal;
  since: string | null;
  globals: Omit<Globals, 'now' | 'since'>;
}

/** How the checks would be evaluated on this database. Runs none of them. */
export async function planFor(
  pool: Pool,
  checks: readonly CatalogueEntry[],
  options: ExplainOptions,
): Promise<Explained> {
  const switchedOn = checks.filter((check) => check.enabled);
  const { live, unmet } = await inSession(pool, { ...options, mode: 'read' }, async (session) => ({
    live: await readLiveSchema(session, pool.url.schema),
    unmet: await unmetRequirements(session, switchedOn),
  })).catch(couldNot('read the catalog', options.signal));
  const enabled = switchedOn.filter(({ id }) => !unmet.has(id));
  const plan = planChecks(enabled, live, { isSince: options.since !== null, known: new Map() });
  const globals = globalParameters({ ...options.globals, now: new Date().toISOString(), since: options.since });
  const units = plan.units.map((unit) =>
    explainUnit(unit, withLiterals(buildStatement(unit, unit.probes, globals, 5))),
  );
  return {
    units,
    scans: countScans(enabled, plan.units),
    skipped: [...unmet].map(([check, reason]) => ({ check, reason })),
  };
}

function explainUnit(unit: Unit, text: string): ExplainedUnit {
  const checks = unit.probes.flatMap((probe) => (probe.kind === 'rows' ? [] : [probe.check.id]));
  return { title: unit.title, checks, tables: unit.tables, reason: unit.reason, text };
}

/** The statement as a person can run it: its placeholders, all of them `$1::type`, replaced by their values. */
function withLiterals({ text, values }: { text: string; values: readonly ParameterValue[] }): string {
  let result = '';
  let from = 0;
  for (const token of tokenize(text)) {
    const number = /^\$(\d+)$/.exec(token.text)?.[1];
    const value = number === undefined ? undefined : values[Number(number) - 1];
    if (value === undefined) continue;
    result += text.slice(from, token.start) + literal({ type: Array.isArray(value) ? 'text[]' : 'text', value });
    from = token.end;
  }
  return result + text.slice(from);
}

/** Mentions of a table in FROM clauses are what is counted: each is a full scan, since orders and messages have no index. */
function countScans(checks: readonly CatalogueEntry[], units: readonly Unit[]): Explained['scans'] {
  const planned = tally(units.flatMap((unit) => unit.tables));
  const separate = tally(
    checks.flatMap((check) => [...check.tables, ...(check.entity === null ? [] : [check.entity])]),
  );
  return [...separate.keys()]
    .sort()
    .map((table) => ({ table, planned: planned.get(table) ?? 0, separate: separate.get(table) ?? 0 }));
}

function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
