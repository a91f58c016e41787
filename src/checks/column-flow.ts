import type { ColumnRef, JoinExpr, Node, RangeVar, SelectStmt, SubLink } from 'libpg-query';
import { columnName } from './statement.js';

/** Columns of tables, as `table.column`; tables of other schemas than the platform's with their schema. */
export type Columns = ReadonlySet<string>;

/** Which columns each table has, by its name. */
export type TableColumns = ReadonlyMap<string, readonly string[]>;

export interface Flow {
  /** The columns of the result, each with the columns of tables that its value depends on. */
  output: OutputColumn[];
  /** The columns that decide which rows there are: of WHERE, HAVING, inner joins, GROUP BY. */
  conditions: Columns;
}

interface OutputColumn {
  name: string;
  from: Columns;
}

/** Something in FROM, under the name by which columns are qualified. */
interface Source {
  alias: string;
  columns: OutputColumn[];
  /** What any other column of it comes from: functions do not say which columns they give. */
  others: Columns;
}

interface Scope {
  sources: Source[];
  outer: Scope | undefined;
  /** WITH queries, analysed when something reads them: what nothing reads decides nothing. */
  queries: ReadonlyMap<string, () => Flow>;
  tables: TableColumns;
}

const NONE: Columns = new Set();

/**
 * Follows columns through subqueries, WITH and joins. What a subquery computes counts where its result is used, and the
 * condition of an outer join where a column of its optional side is: two checks that share a WITH query are told apart.
 */
export function columnFlow(select: SelectStmt, tables: TableColumns): Flow {
  return flowOf(select, { sources: [], outer: undefined, queries: new Map(), tables });
}

function flowOf(select: SelectStmt, outer: Scope): Flow {
  const queries = withQueries(select, outer);
  const scope: Scope = { sources: [], outer, queries, tables: outer.tables };
  if (select.larg !== undefined && select.rarg !== undefined) {
    const [left, right] = [flowOf(select.larg, scope), flowOf(select.rarg, scope)];
    const output = left.output.map(({ name, from }, index) => ({ name, from: union(from, right.output[index]?.from) }));
    return { output, conditions: union(left.conditions, right.conditions) };
  }
  const joined = (select.fromClause ?? []).map((item) => addSources(item, scope));
  const output = outputOf(select, scope);
  return {
    output,
    conditions: union(
      ...joined,
      read([select.whereClause, select.havingClause, select.windowClause, select.distinctClause], scope),
      ...(select.groupClause ?? []).map((item) => groupedBy(item, output, scope)),
    ),
  };
}

function withQueries(select: SelectStmt, outer: Scope): Scope['queries'] {
  const queries = new Map(outer.queries);
  for (const each of select.withClause?.ctes ?? []) {
    const query = 'CommonTableExpr' in each ? each.CommonTableExpr : undefined;
    if (query?.ctename === undefined) continue;
    const known = new Map(queries); // those above it
    const names = stringsOf(query.aliascolnames);
    let flow: Flow | undefined;
    const analyse = (): Flow => {
      if (flow !== undefined) return flow;
      flow = { output: [], conditions: NONE }; // a recursive one meets itself here
      if (select.withClause?.recursive === true) known.set(query.ctename ?? '', analyse);
      flow = renamed(flowOfNode(query.ctequery, { ...outer, queries: known }), names);
      return flow;
    };
    queries.set(query.ctename, analyse);
  }
  return queries;
}

function flowOfNode(node: Node | undefined, outer: Scope): Flow {
  return node !== undefined && 'SelectStmt' in node ? flowOf(node.SelectStmt, outer) : { output: [], conditions: NONE };
}

function renamed({ output, conditions }: Flow, names: readonly string[]): Flow {
  return { output: output.map(({ name, from }, index) => ({ name: names[index] ?? name, from })), conditions };
}

/** Puts an item of FROM into the scope, and returns what it takes part in deciding. */
function addSources(item: Node, scope: Scope): Columns {
  if ('JoinExpr' in item) return addJoin(item.JoinExpr, scope);
  if ('RangeVar' in item) return addTable(item.RangeVar, scope);
  if ('RangeSubselect' in item) {
    const { subquery, alias } = item.RangeSubselect;
    const flow = renamed(flowOfNode(subquery, scope), stringsOf(alias?.colnames));
    scope.sources.push({ alias: alias?.aliasname ?? '', columns: flow.output, others: NONE });
    return flow.conditions;
  }
  if ('RangeFunction' in item) {
    const { functions, alias } = item.RangeFunction;
    const from = read(functions, scope);
    const names = [alias?.aliasname ?? '', ...stringsOf(alias?.colnames)];
    scope.sources.push({
      alias: alias?.aliasname ?? '',
      columns: names.map((name) => ({ name, from })),
      others: from,
    });
  }
  return NONE;
}

function addTable({ schemaname, relname = '', alias }: RangeVar, scope: Scope): Columns {
  const query = schemaname === undefined ? scope.queries.get(relname)?.() : undefined;
  const table = schemaname === undefined || schemaname === 'public' ? relname : `${schemaname}.${relname}`;
  const columns =
    query?.output ?? (scope.tables.get(table) ?? []).map((name) => ({ name, from: new Set([`${table}.${name}`]) }));
  const flow = renamed({ output: columns, conditions: query?.conditions ?? NONE }, stringsOf(alias?.colnames));
  scope.sources.push({ alias: alias?.aliasname ?? relname, columns: flow.output, others: NONE });
  return flow.conditions;
}

const OPTIONAL_SIDES: Readonly<Record<string, readonly boolean[]>> = {
  JOIN_LEFT: [false, true],
  JOIN_RIGHT: [true, false],
  JOIN_FULL: [true, true],
};

function addJoin({ jointype, larg, rarg, quals, usingClause }: JoinExpr, scope: Scope): Columns {
  const sides = [larg, rarg].map((side) => {
    const first = scope.sources.length;
    const conditions = side === undefined ? NONE : addSources(side, scope);
    return { conditions, sources: scope.sources.slice(first) };
  });
  const shared = stringsOf(usingClause).flatMap((name) =>
    sides.flatMap(({ sources }) => sources.flatMap(({ columns }) => find(columns, name) ?? [])),
  );
  const on = union(read(quals, scope), ...shared);
  const optional = OPTIONAL_SIDES[jointype ?? ''];
  if (optional === undefined) return union(on, ...sides.map(({ conditions }) => conditions));
  const deciding = sides.map(({ conditions, sources }, index) => {
    if (optional[index] !== true) return conditions;
    for (const source of sources)
      source.columns = source.columns.map(({ name, from }) => ({ name, from: union(from, on, conditions) }));
    return NONE;
  });
  return union(...deciding);
}

function outputOf(select: SelectStmt, scope: Scope): OutputColumn[] {
  if (select.valuesLists !== undefined) {
    const rows = select.valuesLists.map((row) => ('List' in row ? (row.List.items ?? []) : []));
    return (rows[0] ?? []).map((_, index) => ({
      name: `column${index + 1}`,
      from: union(...rows.map((row) => read(row[index], scope))),
    }));
  }
  return (select.targetList ?? []).flatMap((target) => {
    if (!('ResTarget' in target)) return [];
    const { name, val } = target.ResTarget;
    if (val !== undefined && 'ColumnRef' in val && isStar(val.ColumnRef)) return starred(val.ColumnRef, scope);
    return [{ name: name ?? columnName(val), from: read(val, scope) }];
  });
}

function isStar({ fields }: ColumnRef): boolean {
  const last = fields?.at(-1);
  return last !== undefined && 'A_Star' in last;
}

function starred({ fields }: ColumnRef, { sources }: Scope): OutputColumn[] {
  const [alias] = stringsOf(fields);
  return sources.filter((source) => alias === undefined || source.alias === alias).flatMap(({ columns }) => columns);
}

/** GROUP BY takes an expression, the place of a column of the result, or its name. */
function groupedBy(item: Node, output: readonly OutputColumn[], scope: Scope): Columns {
  if ('A_Const' in item) return output[(item.A_Const.ival?.ival ?? 0) - 1]?.from ?? NONE;
  const from = read(item, scope);
  if (from.size > 0 || !('ColumnRef' in item)) return from;
  return find(output, stringsOf(item.ColumnRef.fields)[0] ?? '') ?? NONE;
}

/** The columns that an expression depends on. */
function read(expression: unknown, scope: Scope): Columns {
  if (Array.isArray(expression)) return union(...expression.map((each) => read(each, scope)));
  if (typeof expression !== 'object' || expression === null) return NONE;
  if (isNode(expression)) {
    if ('ColumnRef' in expression) return resolve(expression.ColumnRef, scope);
    if ('SubLink' in expression) return readSubquery(expression.SubLink, scope);
  }
  return union(...Object.values(expression).map((each) => read(each, scope)));
}

function readSubquery({ subLinkType, testexpr, subselect }: SubLink, scope: Scope): Columns {
  const { output, conditions } = flowOfNode(subselect, scope);
  const values = subLinkType === 'EXISTS_SUBLINK' ? [] : output.map(({ from }) => from);
  return union(read(testexpr, scope), conditions, ...values);
}

/** The parse tree wraps each node in an object with one key, the name of its type. */
function isNode(value: object): value is Node {
  return /^[A-Z]/.test(Object.keys(value)[0] ?? '');
}

function resolve({ fields }: ColumnRef, scope: Scope | undefined): Columns {
  const names = stringsOf(fields);
  const [qualifier, name] = names.length > 1 ? names.slice(-2) : [undefined, names[0]];
  for (let at = scope; at !== undefined; at = at.outer) {
    const candidates = at.sources.filter(({ alias }) => qualifier === undefined || alias === qualifier);
    for (const { columns } of candidates) {
      const found = find(columns, name ?? '');
      if (found !== undefined) return found;
    }
    const row = at.sources.find(({ alias }) => qualifier === undefined && alias === name);
    if (row !== undefined) return union(row.others, ...row.columns.map(({ from }) => from));
    const unnamed = candidates.find(({ others }) => others.size > 0);
    if (unnamed !== undefined) return unnamed.others;
    if (qualifier !== undefined && candidates.length > 0) return NONE;
  }
  return NONE;
}

function find(columns: readonly OutputColumn[], name: string): Columns | undefined {
  return columns.find((column) => column.name === name)?.from;
}

function stringsOf(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

function union(...sets: readonly (Columns | undefined)[]): Columns {
  const filled = sets.filter((set) => set !== undefined && set.size > 0);
  if (filled.length < 2) return filled[0] ?? NONE;
  return new Set(filled.flatMap((set) => [...(set ?? [])]));
}
