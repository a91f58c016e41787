import type { Node, SelectStmt } from 'libpg-query';
import pg from 'pg';
import { type Clauses, requalify, splitClauses, splitTargets } from './clauses.js';
import { normalForm } from './sql-text.js';
import { selectsStar, targetNames, textsNamed, walk } from './statement.js';

/** What a fused statement scans: a table, or the rows of a WITH query that several checks share. */
export type Source = { kind: 'table'; name: string } | { kind: 'cte'; name: string; body: string };

/** A selected expression, without its alias. */
export interface Target {
  name: string;
  sql: string;
}

/**
 * What the parse tree shows about a check's statement.
 * - `filter`: its rows are those of one source that satisfy a predicate; answered by count(*) FILTER (WHERE …).
 * - `aggregate`: one row of aggregates over one source; its expressions join a scan as they are.
 * - `shared`: something else over a leading WITH query that others may have too.
 * - `alone`: anything else. `reason` says why it cannot be put together with others.
 */
export type Shape =
  | { kind: 'filter'; source: Source; predicate: string; targets: Target[] }
  | { kind: 'aggregate'; source: Source; targets: Target[] }
  | { kind: 'shared'; source: Source & { kind: 'cte' }; rest: string; hasCents: boolean; reason: string }
  | { kind: 'alone'; hasCents: boolean; reason: string };

/** Functions of one row: their presence among selected columns adds and removes no rows. */
const SCALAR = new Set(
  'abs btrim ceil char_length date_part date_trunc extract floor format jsonb_array_length jsonb_typeof left length lower ltrim make_interval md5 mod regexp_replace replace right round rtrim split_part substr substring timezone to_char trim trunc upper'.split(
    ' ',
  ),
);
const AGGREGATES = new Set('avg bool_and bool_or count max min percentile_cont percentile_disc stddev sum'.split(' '));

/** Recognises how a check can be evaluated together with others. `sql` is the statement that `select` was parsed from. */
export function shapeOf(sql: string, select: SelectStmt, isMetric: boolean): Shape {
  const clauses = splitClauses(sql);
  const hasCents = targetNames(select).includes('cents');
  const source = sourceOf(select, clauses);
  const obstacle = obstacleTo(select, source, isMetric);
  if (obstacle === undefined && source !== undefined && clauses !== undefined) {
    const alias = aliasOf(select);
    const piece = (from: number, to: number) => {
      const text = sql.slice(from, to).trim();
      // A fused scan knows its source by one name only.
      return alias === undefined || alias === source.name ? text : requalify(text, alias, sourceName(source));
    };
    const targets = splitTargets(clauses, select).map(({ name, start, end }) => ({ name, sql: piece(start, end) }));
    if (isMetric) return { kind: 'aggregate', source, targets };
    return { kind: 'filter', source, predicate: piece(clauses.where, sql.length), targets };
  }
  const reason = obstacle ?? 'its clauses could not be told apart';
  if (clauses?.cte !== undefined && select.withClause?.recursive !== true) {
    return { kind: 'shared', source: { kind: 'cte', ...clauses.cte }, rest: clauses.rest, hasCents, reason };
  }
  return { kind: 'alone', hasCents, reason };
}

/** How a statement names what it scans: a table in quotes, a WITH query as its author wrote it. */
export function sourceName(source: Source): string {
  return source.kind === 'table' ? pg.escapeIdentifier(source.name) : source.name;
}

/** Two sources with the same key can be scanned once for both. */
export function sourceKey(source: Source): string {
  return source.kind === 'table' ? source.name : `${source.name}: ${normalForm(source.body)}`;
}

function obstacleTo(select: SelectStmt, source: Source | undefined, isMetric: boolean): string | undefined {
  if (select.op !== undefined && select.op !== 'SETOP_NONE') return 'it combines several SELECTs';
  if (source === undefined)
    return (select.fromClause?.length ?? 0) === 0
      ? 'it reads no table itself'
      : 'it joins, or selects from something that is no table';
  if (select.distinctClause !== undefined) return 'it has DISTINCT';
  if (select.groupClause !== undefined || select.havingClause !== undefined) return 'it groups rows';
  if (select.windowClause !== undefined) return 'it has WINDOW';
  if (select.sortClause !== undefined) return 'it has ORDER BY';
  if (select.limitCount !== undefined || select.limitOffset !== undefined) return 'it has LIMIT';
  if (isMetric === (select.whereClause !== undefined)) return isMetric ? 'a metric with WHERE' : 'it has no WHERE';
  if (selectsStar(select)) return 'it selects *';
  if (!isMetric && targetNames(select).includes('')) return 'it selects an expression without a name';
  const own = aliasOf(select);
  for (const { name, value } of walk([select.targetList, select.whereClause])) {
    if (name === 'RangeVar') return 'a subquery reads a table';
    if (name === 'WindowDef' || name === 'over') return 'it has a window function';
    if (name === 'aliasname' && (value === source.name || value === own)) return 'an inner alias hides the table';
    if (name === 'ColumnRef' && own !== undefined && isWholeRow(value, own)) return 'it uses a row as a whole';
  }
  if (isMetric && !isSummary(select.targetList ?? [])) return 'a metric that does not summarise rows';
  for (const { name, value } of walk(select.targetList)) {
    if (name === 'SubLink') return 'it selects a subquery';
    if (name === 'FuncCall' && !isKnownFunction(value, isMetric))
      return 'it selects a function that may change the number of rows';
  }
  return undefined;
}

/** `o` alone, for the row of `FROM orders o`: under the source's name it would be another name. */
function isWholeRow(columnRef: unknown, alias: string): boolean {
  const names = textsNamed('sval', columnRef);
  return names.length === 1 && names[0] === alias;
}

/** There are aggregates, and no column is read outside of them: one row, whatever is scanned. */
function isSummary(targets: Node[]): boolean {
  const isAggregate = (name: string, value: unknown) => name === 'FuncCall' && AGGREGATES.has(functionName(value));
  const hasColumnOutside = (node: unknown): boolean => {
    if (Array.isArray(node)) return node.some(hasColumnOutside);
    if (typeof node !== 'object' || node === null) return false;
    return Object.entries(node).some(
      ([name, value]) => name === 'ColumnRef' || (!isAggregate(name, value) && hasColumnOutside(value)),
    );
  };
  return !hasColumnOutside(targets) && [...walk(targets)].some(({ name, value }) => isAggregate(name, value));
}

function isKnownFunction(call: unknown, isMetric: boolean): boolean {
  const name = functionName(call);
  return SCALAR.has(name) || (isMetric && AGGREGATES.has(name));
}

/** Unqualified name of a called function; empty for one that a schema of the user's qualifies. */
function functionName(call: unknown): string {
  const path = typeof call === 'object' && call !== null && 'funcname' in call ? call.funcname : [];
  const names = textsNamed('sval', path);
  if (names.length === 2 && names[0] === 'pg_catalog') return names[1] ?? '';
  return names.length === 1 ? (names[0] ?? '') : '';
}

/** The one plain table or shared WITH query that a SELECT reads. */
function sourceOf(select: SelectStmt, clauses: Clauses | undefined): Source | undefined {
  const [from, ...others] = select.fromClause ?? [];
  if (from === undefined || others.length > 0 || !('RangeVar' in from) || clauses === undefined) return undefined;
  const { relname, schemaname, inh, alias } = from.RangeVar;
  if (relname === undefined || schemaname !== undefined || inh !== true || alias?.colnames !== undefined)
    return undefined;
  if (select.withClause === undefined) return { kind: 'table', name: relname };
  const isOnlyCte = select.withClause.ctes?.length === 1 && select.withClause.recursive !== true;
  return isOnlyCte && clauses.cte?.name === relname ? { kind: 'cte', ...clauses.cte } : undefined;
}

function aliasOf(select: SelectStmt): string | undefined {
  const from = select.fromClause?.[0];
  return from !== undefined && 'RangeVar' in from ? from.RangeVar.alias?.aliasname : undefined;
}
