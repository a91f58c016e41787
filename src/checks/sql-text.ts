import { setFlagsFromString } from 'node:v8';
import { loadModule, type ScanToken, scanSync } from 'libpg-query';

/** A lexical token of PostgreSQL's own scanner. `start` and `end` are indices into the JavaScript string. */
export interface Token {
  text: string;
  start: number;
  end: number;
}

/**
 * Loads the parser. The other functions here need it. It works for a tenth of a second, so V8's optimising compiler for
 * WebAssembly is switched off: for the catalogue it cost 200 ms and 33 MB that it could never win back.
 */
export async function loadParser(): Promise<void> {
  setFlagsFromString('--liftoff-only');
  await loadModule();
}

/** The tokens of a statement, without comments. Throws the parser's error for text that PostgreSQL cannot scan. */
export function tokenize(sql: string): readonly Token[] {
  if (sql === last.sql) return last.tokens;
  if (sql.trim() === '') return []; // the scanner refuses empty text
  const { tokens } = scanSync(sql);
  const toIndex = byteToIndex(sql);
  const code = tokens
    .filter(isCode)
    .map(({ text, start, end }) => ({ text, start: toIndex(start), end: toIndex(end) }));
  last = { sql, tokens: code };
  return code;
}

/** A statement is looked at several times in a row, and scanning it is half the cost of reading a check file. */
let last: { sql: string; tokens: readonly Token[] } = { sql: '', tokens: [] };

function isCode(token: ScanToken): boolean {
  return token.tokenName !== 'SQL_COMMENT' && token.tokenName !== 'C_COMMENT';
}

/** The parser counts bytes of UTF-8; strings are indexed by UTF-16 units. */
export function byteToIndex(sql: string): (byte: number) => number {
  const bytes = Buffer.from(sql);
  if (bytes.length === sql.length) return (byte) => byte;
  return (byte) => bytes.subarray(0, byte).toString().length;
}

export interface ParameterUse {
  name: string;
  start: number;
  end: number;
}

/** The same texts are asked about again whenever they are bound; scanning takes 0.1 ms and leaves much to collect. */
const scanned = new Map<string, ParameterUse[]>();

/** Every `:name` of a statement: a colon followed at once by an identifier, outside strings, comments and casts. */
export function parameterUses(sql: string): readonly ParameterUse[] {
  const known = scanned.get(sql);
  if (known !== undefined) return known;
  const tokens = tokenize(sql);
  const uses = tokens.flatMap((token, index) => {
    const next = tokens[index + 1];
    if (token.text !== ':' || next === undefined || next.start !== token.end) return [];
    return /^[a-z_][a-z0-9_]*$/i.test(next.text) ? [{ name: next.text, start: token.start, end: next.end }] : [];
  });
  scanned.set(sql, uses);
  return uses;
}

/** The statement with each `:name` replaced. */
export function replaceParameters(sql: string, replacement: (name: string) => string): string {
  let result = '';
  let from = 0;
  for (const use of parameterUses(sql)) {
    result += sql.slice(from, use.start) + replacement(use.name);
    from = use.end;
  }
  return result + sql.slice(from);
}

/** The statement without the semicolons at its end, and without comments behind them: it will stand inside another. */
export function withoutSemicolon(sql: string): string {
  const tokens = tokenize(sql);
  const last = tokens.findLastIndex(({ text }) => text !== ';');
  const semicolon = tokens[last + 1];
  return semicolon === undefined ? sql : sql.slice(0, semicolon.start).trimEnd();
}

/** Two statements with the same normal form differ at most in white space and comments. */
export function normalForm(sql: string): string {
  return tokenize(sql)
    .map((token) => token.text)
    .join(' ');
}

/** 1-based line and column of an index. */
export function lineAndColumn(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
