import type { LiveSchema } from '../db/catalog.js';
import { isConnectionLost, sqlState } from '../db/errors.js';
import { inSavepoint, type Session } from '../db/session.js';
import type { Snapshot } from '../db/snapshot.js';
import type { Answer } from './answer.js';
import { rowParts } from './build.js';
import type { ParsedCheck } from './check-file.js';
import { type Binder, createBinder, type GlobalParameters } from './parameters.js';
import type { CheckProbe, CountProbe, Probe, Unit } from './plan.js';
import { columnsOfResult, type ResultColumn, revealSample, type Sample } from './sample-columns.js';
import { sourceName } from './shape.js';

/** A violating row as a statement returned it, before masking. */
type RawSample = Record<string, unknown>;

export interface SampleRun {
  snapshot: Snapshot;
  live: LiveSchema;
  globals: GlobalParameters;
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

/** Where samples, and trouble with those of one check, go to. */
export interface SampleSink<Row> {
  onSamples(probe: CheckProbe, rows: Row[]): void;
  onTrouble(probe: CheckProbe, error: unknown): void;
}

/** Takes the samples of every check with violations, masked. Returns the number of statements sent. */
export async function takeSamples(
  run: SampleRun,
  units: readonly Unit[],
  answers: ReadonlyMap<Probe, Answer>,
  sink: SampleSink<Sample>,
): Promise<number> {
  const raw = new Map<CheckProbe, RawSample[]>();
  for (const [probe, answer] of answers) {
    if (probe.kind !== 'rows' && answer.kind === 'count' && answer.samples !== null) raw.set(probe, answer.samples);
  }
  const violations = (probe: Probe) => {
    const answer = answers.get(probe);
    return answer?.kind === 'count' ? answer.violations : 0;
  };
  const queries = await sampleTables(run, units, violations, {
    onSamples: (probe, rows) => raw.set(probe, rows),
    onTrouble: sink.onTrouble,
  });
  const shown = [...raw].filter(([, rows]) => rows.length > 0);
  const [session] = run.snapshot.sessions;
  if (session === undefined) return queries;
  for (const [probe, rows] of shown) {
    const columns = await describeColumns(run, session, probe.check);
    sink.onSamples(
      probe,
      rows.map((row) => revealSample(row, columns, probe.check, run.reveal)),
    );
  }
  return queries + shown.length;
}

/**
 * The rows of checks that a scan of a table has counted. Rows that cannot be shown (a selected expression divides by
 * zero) harm no other check's: a statement that fails is halved. Returns the number of statements sent.
 */
async function sampleTables(
  run: SampleRun,
  units: readonly Unit[],
  violations: (probe: Probe) => number,
  sink: SampleSink<RawSample>,
): Promise<number> {
  const tables = units.filter(({ source }) => source?.kind === 'table');
  const tasks = tables.flatMap((unit) => {
    const violated = unit.probes.filter(
      (probe): probe is CountProbe => probe.kind === 'count' && violations(probe) > 0,
    );
    const few = violated.filter((probe) => violations(probe) <= FEW);
    const many = violated.filter((probe) => violations(probe) > FEW);
    return [...(few.length > 0 ? [{ unit, probes: few }] : []), ...many.map((probe) => ({ unit, probes: [probe] }))];
  });
  const queue: { unit: Unit; probes: CountProbe[] }[] = [...tasks];
  let queries = 0;
  await Promise.all(
    run.snapshot.sessions.map(async (session) => {
      for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
        const { unit, probes } = task;
        const [only] = probes;
        if (only === undefined) continue;
        queries++;
        try {
          if (violations(only) > FEW) sink.onSamples(only, await firstRows(run, session, unit, only));
          else await gatherRows(run, session, unit, probes, sink.onSamples);
        } catch (error) {
          if (sqlState(error) === undefined || isConnectionLost(error)) throw error;
          if (probes.length === 1) sink.onTrouble(only, error);
          else queue.push(...halves(probes).map((half) => ({ unit, probes: half })));
        }
      }
    }),
  );
  return queries;
}

function halves<T>(items: readonly T[]): [T[], T[]] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}

/** The first rows of one check in the order of its key. */
async function firstRows(run: SampleRun, session: Session, unit: Unit, probe: CountProbe): Promise<RawSample[]> {
  if (unit.source === null) return [];
  const binder = createBinder(run.globals);
  const { predicate, row, key } = partsOf(probe, binder);
  const text = `SELECT ${row} AS row
FROM ${sourceName(unit.source)}\nWHERE ${restrictionOn(unit, binder)}${predicate}
ORDER BY ${key} LIMIT ${run.limit}`;
  const { rows } = await inSavepoint(session, () => session.query<{ row: RawSample }>(text, binder.values));
  return rows.map(({ row: found }) => found);
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
  const parts = probes.map((probe) => partsOf(probe, binder));
  const columns = parts.map(({ predicate, row, key }, index) => {
    return `to_jsonb((array_agg(${row} ORDER BY ${key}) FILTER (WHERE ${predicate}))[1:${run.limit}]) AS s${index}`;
  });
  const text = `SELECT ${columns.join(',\n  ')}
FROM ${sourceName(unit.source)}\nWHERE ${restrictionOn(unit, binder)}(${parts.map(({ predicate }) => predicate).join(' OR ')})`;
  const { rows } = await inSavepoint(session, () => session.query(text, binder.values));
  for (const [index, probe] of probes.entries()) {
    const found: unknown = rows[0]?.[`s${index}`];
    onSamples(probe, Array.isArray(found) ? found : []);
  }
}

/** The predicate, the row and the key of a check, over the table that its statement scans. */
function partsOf(probe: CountProbe, binder: Binder): { predicate: string; row: string; key: string } {
  return { ...rowParts(probe, binder), predicate: `(${binder.bind(probe.predicate, probe.check.parameters)}\n)` };
}

function restrictionOn({ restriction, parameters }: Unit, { bind }: Binder): string {
  return restriction === null ? '' : `${bind(restriction, parameters)} AND `;
}

/** Names, types and origins of the columns that a check returns, asked without running it. */
async function describeColumns(run: SampleRun, session: Session, check: ParsedCheck): Promise<ResultColumn[]> {
  const binder = createBinder(run.globals);
  const text = `SELECT * FROM (\n${binder.bind(check.sql, check.parameters)}\n) AS result LIMIT 0`;
  const { fields } = await inSavepoint(session, () => session.query(text, binder.values));
  return columnsOfResult(fields, run.live);
}
