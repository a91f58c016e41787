import pg from 'pg';
import type { ParameterValue } from '../config.js';
import { createBinder, type GlobalParameter } from './parameters.js';
import type { Probe, Unit } from './plan.js';
import type { Source } from './shape.js';

/** What a statement answered, for one probe. */
export type Answer =
  /**
   * `known`: violations that the baseline excuses, `recognised`: its keys that they have. `samples` stands where the
   * statement was answered whole; those of a scan are taken afterwards.
   */
  | { kind: 'count'; violations: number; known: number; recognised: number; cents: number | null; samples: Record<string, unknown>[] | null }
  | { kind: 'metric'; row: Record<string, unknown> | null }
  | { kind: 'rows'; rows: number };

/** What came back is no answer to the check's question; `code` goes into its result. */
export class UnusableAnswer extends Error {
  readonly code: 'NOT_EXACT' | 'NOT_ONE_ROW';

  constructor(code: UnusableAnswer['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface Statement {
  text: string;
  values: ParameterValue[];
  /** Reads the one row that the statement returns; the answers stand in the order of the probes. */
  read(row: Record<string, unknown>): Answer[];
}

type Globals = Readonly<Record<string, GlobalParameter>>;

/** Writes the statement that answers some probes of a unit together. */
export function buildStatement(unit: Unit, probes: readonly Probe[], globals: Globals, samples: number): Statement {
  const binder = createBinder(globals);
  const columns: string[] = [];
  const readers = probes.map((probe) => {
    const { sql, read } = columnsOf(probe, binder.bind, samples);
    const first = columns.length;
    columns.push(...sql);
    return (row: Record<string, unknown>) => read(sql.map((_, index) => row[`c${first + index}`]));
  });
  const list = columns.map((column, index) => `${column} AS c${index}`).join(',\n  ');
  const text = `${withClause(unit, binder.bind)}SELECT ${list}${fromClause(unit, probes, binder.bind)}`;
  return { text, values: binder.values, read: (row) => readers.map((read) => read(row)) };
}

type Bind = ReturnType<typeof createBinder>['bind'];

function withClause(unit: Unit, bind: Bind): string {
  if (unit.source?.kind !== 'cte') return '';
  const isMaterialized = unit.probes.some((probe) => probe.kind === 'shared');
  return `WITH ${unit.source.name} AS ${isMaterialized ? 'MATERIALIZED ' : ''}(\n${bind(unit.source.body, unit.parameters)}\n)\n`;
}

function fromClause(unit: Unit, probes: readonly Probe[], bind: Bind): string {
  const [first] = probes;
  if (first?.kind === 'shared') return '';
  if (first?.kind === 'alone') return '';
  const restriction = unit.restriction === null ? '' : `\nWHERE ${bind(unit.restriction, unit.parameters)}`;
  return unit.source === null ? '' : `\nFROM ${sourceName(unit.source)}${restriction}`;
}

/** How a statement names what it scans: a table in quotes, a WITH query as its author wrote it. */
export function sourceName(source: Source): string {
  return source.kind === 'table' ? pg.escapeIdentifier(source.name) : source.name;
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
      return { sql: [`count(*) ${filter}`, ...sum], read: ([count, total]) => countAnswer(count, cents && (total ?? 0), null) };
    }
    case 'aggregate':
      return {
        sql: probe.targets.map((target) => `(${bind(target.sql, probe.check.parameters)})`),
        read: (cells) => ({ kind: 'metric', row: Object.fromEntries(probe.targets.map(({ name }, index) => [name, cells[index]])) }),
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
  const isKnown = known === null ? 'false' : `${keyHash(check.key)} = ANY (${bind(':known', { known: { type: 'text[]', value: [...known] } })})`;
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
      const answer = countAnswer(count, hasCents ? (total ?? 0) : undefined, Array.isArray(found) ? found.filter(isRecord) : []);
      return { ...answer, known: exact(old), recognised: exact(keys) };
    },
  };
}

/** What stands for a violating row in a baseline file: enough to recognise it, nothing to read. */
export function keyHash(key: string): string {
  return `left(encode(sha256(convert_to(coalesce(${pg.escapeIdentifier(key)}::text, ''), 'UTF8')), 'hex'), 16)`;
}

function countAnswer(count: unknown, cents: unknown, samples: Record<string, unknown>[] | null): Answer & { kind: 'count' } {
  return { kind: 'count', violations: exact(count), known: 0, recognised: 0, cents: cents === undefined ? null : exact(cents), samples };
}

/** A count or a sum of cents as a number; a fraction, or beyond 2^53 a wrong one, is refused. */
function exact(value: unknown): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  const isFraction = Number.isFinite(number) && !Number.isInteger(number);
  const problem = isFraction ? 'is no whole number of cents: round it in the SQL' : 'is too large to be counted exactly';
  throw new UnusableAnswer('NOT_EXACT', `${String(value)} ${problem}`);
}

/** The row of a metric, null where it has none. */
function onlyRow(rows: unknown): Record<string, unknown> | null {
  const [row, other]: unknown[] = Array.isArray(rows) ? rows : [];
  if (other !== undefined) throw new UnusableAnswer('NOT_ONE_ROW', 'a metric selects one row, and this one has several');
  return isRecord(row) ? row : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
