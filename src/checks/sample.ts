import pg from 'pg';
import type { LiveSchema } from '../db/catalog.js';
import { inSavepoint, type Session } from '../db/session.js';
import type { Snapshot } from '../db/snapshot.js';
import { createBinder, type GlobalParameter } from './parameters.js';
import type { Probe, Unit } from './plan.js';
import { columnsOfResult, type ResultColumn, revealSample, type Sample } from './sample-columns.js';
import type { ParsedCheck } from './check-file.js';

type CountProbe = Probe & { kind: 'count' };

/** Violating rows as a statement returned them, before masking. */
export type RawSample = Record<string, unknown>;

export interface SampleRun {
  snapshot: Snapshot;
  live: LiveSchema;
  globals: Readonly<Record<string, GlobalParameter>>;
  /** Rows to show of each check. */
  limit: number;
  /** Show personal data as it is. */
  reveal: boolean;
}

/**
 * Up to this many violations, the rows of all checks of a scan are gathered in one more scan. Beyond it, walking the
 * key's index finds the first rows of a check sooner than a scan would.
 */
const FEW = 2_000;

/** The samples of scanned checks with violations, by probe. Returns the number of statements sent. */
export async function sampleScans(
  run: SampleRun,
  units: readonly Unit[],
  violations: (probe: CountProbe) => number,
  onSamples: (probe: CountProbe, rows: RawSample[]) => void,
): Promise<number> {
  const tasks = units.flatMap((unit) => {
    const violated = unit.probes.filter((probe): probe is CountProbe => probe.kind === 'count' && violations(probe) > 0);
    const few = violated.filter((probe) => violations(probe) <= FEW);
    const many = violated.filter((probe) => violations(probe) > FEW);
    return [...(few.length > 0 ? [{ unit, probes: few }] : []), ...many.map((probe) => ({ unit, probes: [probe] }))];
  });
  const queue = [...tasks];
  await Promise.all(
    run.snapshot.sessions.map(async (session) => {
      for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
        const { unit, probes } = task;
        const [only] = probes;
        if (probes.length === 1 && only !== undefined && violations(only) > FEW) onSamples(only, await firstRows(run, session, unit, only));
        else await gatherRows(run, session, unit, probes, onSamples);
      }
    }),
  );
  return tasks.length;
}

/** The first rows of one check in the order of its key. */
async function firstRows(run: SampleRun, session: Session, unit: Unit, { check }: CountProbe): Promise<RawSample[]> {
  const binder = createBinder(run.globals);
  const where = unit.restriction === null ? '' : `\nWHERE ${binder.bind(unit.restriction, check.parameters)}`;
  const text = `SELECT to_jsonb(sample) AS row FROM (
SELECT * FROM (\n${binder.bind(check.sql, check.parameters)}\n) AS result${where}
ORDER BY ${pg.escapeIdentifier(check.key)} LIMIT ${run.limit}) AS sample`;
  const { rows } = await inSavepoint(session, () => session.query<{ row: RawSample }>(text, binder.values));
  return rows.map(({ row }) => row);
}

/** The first rows of several checks, each with few violations, in one scan of their source. */
async function gatherRows(
  run: SampleRun,
  session: Session,
  unit: Unit,
  probes: readonly CountProbe[],
  onSamples: (probe: CountProbe, rows: RawSample[]) => void,
): Promise<void> {
  if (unit.source === null) return;
  const binder = createBinder(run.globals);
  const predicates = probes.map((probe) => `(${binder.bind(probe.predicate, probe.check.parameters)}\n)`);
  const columns = probes.map((probe, index) => {
    const own = probe.check.parameters;
    const pairs = probe.targets.map(({ name, sql }, at) => `${pg.escapeLiteral(name || `column${at + 1}`)}, ${binder.bind(sql, own)}`);
    const key = probe.targets.find(({ name }) => name === probe.check.key)?.sql ?? pg.escapeIdentifier(probe.check.key);
    const all = `array_agg(jsonb_build_object(${pairs.join(', ')}) ORDER BY ${binder.bind(key, own)}) FILTER (WHERE ${predicates[index]})`;
    return `to_jsonb((${all})[1:${run.limit}]) AS s${index}`;
  });
  const withClause = unit.source.kind === 'cte' ? `WITH ${unit.source.name} AS (\n${binder.bind(unit.source.body, unit.parameters)}\n)\n` : '';
  const restriction = unit.restriction === null ? '' : `${binder.bind(unit.restriction, unit.parameters)} AND `;
  const text = `${withClause}SELECT ${columns.join(',\n  ')}
FROM ${unit.source.name}\nWHERE ${restriction}(${predicates.join(' OR ')})`;
  const { rows } = await inSavepoint(session, () => session.query(text, binder.values));
  for (const [index, probe] of probes.entries()) {
    const found: unknown = rows[0]?.[`s${index}`];
    onSamples(probe, Array.isArray(found) ? found : []);
  }
}

/** Names, types and origins of the columns that a check returns, asked without running it. */
export async function describeColumns(run: SampleRun, session: Session, check: ParsedCheck): Promise<ResultColumn[]> {
  const binder = createBinder(run.globals);
  const text = `SELECT * FROM (\n${binder.bind(check.sql, check.parameters)}\n) AS result LIMIT 0`;
  const { fields } = await inSavepoint(session, () => session.query(text, binder.values));
  return columnsOfResult(fields, run.live);
}

/** The rows as they may be shown: key first, personal values masked. */
export function maskSamples(run: SampleRun, check: ParsedCheck, columns: readonly ResultColumn[], rows: readonly RawSample[]): Sample[] {
  return rows.map((row) => revealSample(row, columns, check, run.reveal));
}
