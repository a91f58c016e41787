import pg from 'pg';
import type { ParameterValue } from '../config-schema.js';
import { type Answer, countAnswer, exact, isRecord, onlyRow } from './answer.js';
import { type Binder, createBinder, type GlobalParameters } from './parameters.js';
import type { CountProbe, Probe, Unit } from './plan.js';
import { type Source, sourceName } from './shape.js';

export interface Statement {
  text: string;
  values: ParameterValue[];
  /** Reads the one row that the statement returns; the answers stand in the order of the probes. */
  read(row: Record<string, unknown>): Answer[];
}

/** Writes the statement that answers some probes of a unit together. */
export function buildStatement(
  unit: Unit,
  probes: readonly Probe[],
  globals: GlobalParameters,
  samples: number,
): Statement {
  const binder = createBinder(globals);
  const counts = probes.filter((probe) => probe.kind === 'count');
  if (unit.source?.kind === 'cte' && counts.length === probes.length)
    return buildOverCte(unit, unit.source, counts, binder, samples);
  const columns: string[] = [];
  const readers = probes.map((probe) => {
    const { sql, read } = columnsOf(probe, binder.bind, samples);
    const first = columns.length;
    columns.push(...sql);
    return (row: Record<string, unknown>) => read(sql.map((_, index) => row[`c${first + index}`]));
  });
  const list = columns.map((column, index) => `${column} AS c${index}`).join(',\n  ');
  const text = `${withClause(unit, binder.bind)}\nSELECT ${list}${fromClause(unit, probes, binder.bind)}`;
  return { text, values: binder.values, read: (row) => readers.map((read) => read(row)) };
}

/** A name that no author of a check gives a WITH query. */
const KEPT = pg.escapeIdentifier('violating rows');

/**
 * What a WITH query puts together is dear to put together again, so its violating rows are kept: they are counted and
 * shown from there. OFFSET 0 keeps the planner from moving the predicates into the WITH query, where it would compute
 * what they refer to a second time. A table is cheaper to read twice than its violating rows are to keep.
 */
function buildOverCte(
  unit: Unit,
  source: Source & { kind: 'cte' },
  probes: readonly CountProbe[],
  binder: Binder,
  samples: number,
): Statement {
  const flags = probes.map((_, index) => pg.escapeIdentifier(`violates ${index}`));
  const predicates = probes.map(({ check, predicate }) => `(${binder.bind(predicate, check.parameters)}\n)`);
  const restriction = unit.restriction === null ? '' : `${binder.bind(unit.restriction, unit.parameters)} AND `;
  const judged = `SELECT ${source.name}.*, ${predicates.map((predicate, index) => `${predicate} AS ${flags[index]}`).join(',\n')}
FROM (SELECT * FROM ${source.name} OFFSET 0) AS ${source.name}\nWHERE ${restriction}(${predicates.join(' OR ')})`;
  const columns = probes.map((probe, index) => {
    const { row, key, cents } = rowParts(probe, binder);
    const from = `FROM ${KEPT} AS ${source.name} WHERE ${flags[index]}`;
    const shown = `SELECT jsonb_agg(found) FROM (SELECT ${row} AS found ${from} ORDER BY ${key} LIMIT ${samples}) AS first_rows`;
    return `(SELECT jsonb_build_array(count(*), ${cents === null ? 'NULL' : `sum((${cents})::numeric)`}, (${shown})) ${from}) AS c${index}`;
  });
  return {
    text: `${withClause(unit, binder.bind)}, ${KEPT} AS MATERIALIZED (\n${judged}\n)\nSELECT ${columns.join(',\n  ')}`,
    values: binder.values,
    read: (row) =>
      probes.map((probe, index) => {
        const cell = row[`c${index}`];
        const [count, total, found] = Array.isArray(cell) ? cell : [];
        const hasCents = probe.targets.some(({ name }) => name === 'cents');
        return countAnswer(
          count,
          hasCents ? (total ?? 0) : undefined,
          Array.isArray(found) ? found.filter(isRecord) : [],
        );
      }),
  };
}

/** A check's selected row as jsonb, its key and its money, over the source that its statement scans. */
export function rowParts(
  { check, targets }: CountProbe,
  { bind }: Binder,
): { row: string; key: string; cents: string | null } {
  const own = check.parameters;
  const pairs = targets.map(({ name, sql }) => `${pg.escapeLiteral(name)}, ${bind(sql, own)}`);
  const key = targets.find(({ name }) => name === check.key)?.sql ?? pg.escapeIdentifier(check.key);
  const cents = targets.find(({ name }) => name === 'cents');
  return {
    row: `jsonb_build_object(${pairs.join(', ')})`,
    key: bind(key, own),
    cents: cents === undefined ? null : bind(cents.sql, own),
  };
}

type Bind = Binder['bind'];

function withClause(unit: Unit, bind: Bind): string {
  if (unit.source?.kind !== 'cte') return '';
  const isMaterialized = unit.probes.some((probe) => probe.kind === 'shared');
  return `WITH ${unit.source.name} AS ${isMaterialized ? 'MATERIALIZED ' : ''}(\n${bind(unit.source.body, unit.parameters)}\n)`;
}

function fromClause(unit: Unit, probes: readonly Probe[], bind: Bind): string {
  const isWhole = probes.some(({ kind }) => kind === 'shared' || kind === 'alone'); // each brings a FROM of its own
  if (isWhole || unit.source === null) return '';
  const restriction = unit.restriction === null ? '' : `\nWHERE ${bind(unit.restriction, unit.parameters)}`;
  return `\nFROM ${sourceName(unit.source)}${restriction}`;
}

interface Column {
  sql: string[];
  read(cells: unknown[]): Answer;
}

/** The columns that answer one probe, and how to read them. */
function columnsOf(probe: Probe, bind: Bind, samples: number): Column {
  switch (probe.kind) {
    case 'count': {
      const own = probe.check.parameters;
      const filter = `FILTER (WHERE ${bind(probe.predicate, own)}\n  )`;
      const cents = probe.targets.find(({ name }) => name === 'cents');
      const sum = cents === undefined ? [] : [`sum((${bind(cents.sql, own)})::numeric) ${filter}`];
      return {
        sql: [`count(*) ${filter}`, ...sum],
        read: ([count, total]) => countAnswer(count, cents && (total ?? 0), null),
      };
    }
    case 'aggregate':
      return {
        sql: probe.targets.map((target) => `(${bind(target.sql, probe.check.parameters)})`),
        read: (cells) => ({
          kind: 'metric',
          row: Object.fromEntries(probe.targets.map(({ name }, index) => [name, cells[index]])),
        }),
      };
    case 'rows': {
      const filter = probe.population === null ? '' : ` FILTER (WHERE ${bind(probe.population, probe.parameters)}\n  )`;
      return { sql: [`count(*)${filter}`], read: ([count]) => ({ kind: 'rows', rows: exact(count) }) };
    }
    case 'alone':
    case 'shared':
      return wholeColumn(probe, bind, samples);
  }
}

/**
 * A statement that is answered whole yields one JSON value: the row of a metric, or counts and samples, for which the
 * violations are kept once instead of being sought twice.
 */
function wholeColumn(probe: Probe & { kind: 'alone' | 'shared' }, bind: Bind, samples: number): Column {
  const { check, hasCents } = probe;
  const body = bind(probe.kind === 'alone' ? check.sql : probe.rest, check.parameters);
  if (check.metric !== null) {
    return {
      sql: [`(SELECT jsonb_agg(to_jsonb(result)) FROM (SELECT * FROM (\n${body}\n) AS whole LIMIT 2) AS result)`],
      read: ([rows]) => ({ kind: 'metric', row: onlyRow(rows) }),
    };
  }
  const known = probe.kind === 'alone' ? probe.known : null;
  const key = pg.escapeIdentifier(check.key);
  const isKnown =
    known === null
      ? 'false'
      : `${keyHash(check.key)} = ANY (${bind(':known', { known: { type: 'text[]', value: [...known] } })})`;
  const restriction = probe.restriction === null ? '' : `\n  WHERE ${bind(probe.restriction, check.parameters)}`;
  const cents = hasCents ? 'sum(cents::numeric)' : 'NULL';
  const recognised = known === null ? '0' : `count(DISTINCT ${keyHash(check.key)}) FILTER (WHERE ${isKnown})`;
  const rows = `SELECT * FROM result WHERE NOT (${isKnown}) ORDER BY ${key} LIMIT ${samples}`;
  return {
    sql: [
      `(WITH result AS MATERIALIZED (SELECT * FROM (\n${body}\n) AS whole${restriction})
  SELECT jsonb_build_array(count(*), count(*) FILTER (WHERE ${isKnown}), ${recognised}, ${cents},
    (SELECT jsonb_agg(to_jsonb(sample)) FROM (${rows}) AS sample)) FROM result)`,
    ],
    read: ([cell]) => {
      const [count, old, keys, total, found] = Array.isArray(cell) ? cell : [];
      const answer = countAnswer(
        count,
        hasCents ? (total ?? 0) : undefined,
        Array.isArray(found) ? found.filter(isRecord) : [],
      );
      return { ...answer, known: exact(old), recognised: exact(keys) };
    },
  };
}

/** What stands for a violating row in a baseline file: enough to recognise it, nothing to read. */
export function keyHash(key: string): string {
  return `left(encode(sha256(convert_to(coalesce(${pg.escapeIdentifier(key)}::text, ''), 'UTF8')), 'hex'), 16)`;
}
