import { type Node, parseSync, type SelectStmt, SqlError } from 'libpg-query';
import { checkFileError } from './header.js';
import { byteToIndex, lineAndColumn, replaceParameters } from './sql-text.js';

/** Where a statement stands, for messages. */
export interface Place {
  file: string;
  sqlLine: number;
}

/**
 * Parses a check's SQL and refuses what a check may not be: nothing, several statements, anything but a plain SELECT,
 * or one that would write or lock. Throws CHECK_FILE_INVALID with file, line and column.
 */
export function parseSelect(sql: string, place: Place): SelectStmt {
  const parsable = withPlaceholders(sql);
  const [first, second] = parsable.trim() === '' ? [] : parse(parsable, sql, place);
  if (first?.stmt === undefined)
    throw checkFileError(place.file, place.sqlLine, 'there is no statement below the header.');
  if (second !== undefined) {
    const at = lineOf(parsable, second.stmt_location ?? 0, place);
    throw checkFileError(
      place.file,
      at,
      'a check is one statement, and a second one starts here.',
      'Put it into a file of its own.',
    );
  }
  if (!('SelectStmt' in first.stmt)) {
    throw checkFileError(
      place.file,
      place.sqlLine,
      `a check only reads: it must be a SELECT, and this is ${kindOf(first.stmt)}.`,
    );
  }
  const select = first.stmt.SelectStmt;
  const writing = writingPart(select);
  if (writing !== undefined)
    throw checkFileError(place.file, place.sqlLine, `a check only reads, and this one has ${writing}.`);
  return select;
}

/** Parameters become placeholders of the same length, so that the parser's positions stay those of the file. */
function withPlaceholders(sql: string): string {
  const placeholder = (name: string) => '$1'.padEnd(name.length + 1);
  try {
    return replaceParameters(sql, placeholder);
  } catch {
    // Text that cannot even be scanned: the parser will say where. Any colon inside a string is as good there as another.
    return sql.replace(/(?<!:):([a-z_]\w*)/gi, (_, name: string) => placeholder(name));
  }
}

function parse(parsable: string, sql: string, place: Place) {
  try {
    return parseSync(parsable).stmts ?? [];
  } catch (error) {
    const position = error instanceof SqlError ? error.sqlDetails?.cursorPosition : undefined;
    const message = error instanceof Error ? error.message : String(error);
    const at = lineAndColumn(sql, byteToIndex(parsable)(position ?? 0));
    throw checkFileError(place.file, place.sqlLine + at.line - 1, `${message} (column ${at.column}).`);
  }
}

function lineOf(sql: string, byte: number, place: Place): number {
  const index = byteToIndex(sql)(byte);
  const lead = sql.slice(index).length - sql.slice(index).trimStart().length;
  return place.sqlLine + lineAndColumn(sql, index + lead).line - 1;
}

function kindOf(statement: object): string {
  const name = Object.keys(statement)[0]?.replace(/Stmt$/, '') ?? 'something else';
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toUpperCase();
}

const WRITING: Readonly<Record<string, string>> = {
  InsertStmt: 'an INSERT',
  UpdateStmt: 'an UPDATE',
  DeleteStmt: 'a DELETE',
  MergeStmt: 'a MERGE',
  IntoClause: 'an INTO',
  intoClause: 'an INTO',
  LockingClause: 'a row lock (FOR UPDATE or FOR SHARE)',
};

function writingPart(select: SelectStmt): string | undefined {
  for (const { name } of walk(select)) {
    const found = WRITING[name];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether it selects `*`, behind which any column may be. */
export function selectsStar(select: SelectStmt): boolean {
  if (select.larg !== undefined) return selectsStar(select.larg);
  return (select.targetList ?? []).some((target) => {
    const value = 'ResTarget' in target ? target.ResTarget.val : undefined;
    const last = value !== undefined && 'ColumnRef' in value ? value.ColumnRef.fields?.at(-1) : undefined;
    return last !== undefined && 'A_Star' in last;
  });
}

/** Names of the selected columns, as PostgreSQL gives them; empty for an expression without a name. */
export function targetNames(select: SelectStmt): string[] {
  if (select.larg !== undefined) return targetNames(select.larg); // a set operation has the names of its first SELECT
  return (select.targetList ?? []).map((target) =>
    'ResTarget' in target ? (target.ResTarget.name ?? columnName(target.ResTarget.val)) : '',
  );
}

/** The name that PostgreSQL gives a selected expression which has none of its own; empty where it has none either. */
export function columnName(value: Node | undefined): string {
  if (value === undefined) return '';
  if ('TypeCast' in value) return columnName(value.TypeCast.arg);
  const last = 'ColumnRef' in value ? value.ColumnRef.fields?.at(-1) : undefined;
  return last !== undefined && 'String' in last ? (last.String.sval ?? '') : '';
}

/** The tables that a statement reads, by name, without its own WITH queries. */
export function tablesOf(select: SelectStmt): string[] {
  const own = new Set(textsNamed('ctename', select));
  return [...new Set(textsNamed('relname', select))].filter((table) => !own.has(table));
}

/** The texts of a name in a parse tree, such as `sval` for the parts of a column's or function's name. */
export function textsNamed(wanted: string, tree: unknown): string[] {
  return [...walk(tree)].flatMap(({ name, value }) => (name === wanted && typeof value === 'string' ? [value] : []));
}

/** Every named node of a parse tree, outermost first, in the order of the statement. */
export function* walk(tree: unknown): Generator<{ name: string; value: unknown }> {
  const stack: { name: string; value: unknown }[] = [{ name: '', value: tree }];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.name !== '') yield node;
    const { value } = node;
    if (typeof value !== 'object' || value === null) continue;
    const children = Array.isArray(value)
      ? value.map((item: unknown) => ({ name: '', value: item }))
      : Object.entries(value).map(([name, child]: [string, unknown]) => ({ name, value: child }));
    stack.push(...children.reverse());
  }
}
