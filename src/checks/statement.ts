import { parseSync, type SelectStmt, SqlError } from 'libpg-query';
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
  // Parameters become NULL of the same length, so that the parser's positions stay those of the file.
  const parsable = replaceParameters(sql, (name) => 'NULL'.padEnd(name.length + 1).slice(0, Math.max(4, name.length + 1)));
  const statements = parse(parsable, sql, place);
  const [first, second] = statements;
  if (first?.stmt === undefined) throw checkFileError(place.file, place.sqlLine, 'there is no statement below the header.');
  if (second !== undefined) {
    const at = lineOf(parsable, second.stmt_location ?? 0, place);
    throw checkFileError(place.file, at, 'a check is one statement, and a second one starts here.', 'Put it into a file of its own.');
  }
  if (!('SelectStmt' in first.stmt)) {
    throw checkFileError(place.file, place.sqlLine, `a check only reads: it must be a SELECT, and this is ${kindOf(first.stmt)}.`);
  }
  const select = first.stmt.SelectStmt;
  const writing = writingPart(select);
  if (writing !== undefined) throw checkFileError(place.file, place.sqlLine, `a check only reads, and this one has ${writing}.`);
  return select;
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

/** The tables that a statement reads, by name, without its own WITH queries. */
export function tablesOf(select: SelectStmt): string[] {
  const named = (wanted: string) =>
    [...walk(select)].flatMap(({ name, value }) => (name === wanted && typeof value === 'string' ? [value] : []));
  const own = new Set(named('ctename'));
  return [...new Set(named('relname'))].filter((table) => !own.has(table));
}

/** Every named node of a parse tree, outermost first. */
export function* walk(node: unknown): Generator<{ name: string; value: unknown }> {
  if (Array.isArray(node)) {
    for (const item of node) yield* walk(item);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    yield { name, value };
    yield* walk(value);
  }
}
