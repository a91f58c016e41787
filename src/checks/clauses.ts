import type { SelectStmt } from 'libpg-query';
import { type Token, tokenize } from './sql-text.js';
import { targetNames } from './statement.js';

/** Where the clauses of a statement stand. */
export interface Clauses {
  /** Index just behind SELECT or SELECT ALL, at FROM, and just behind WHERE (the statement's end where there is none). */
  select: number;
  from: number;
  where: number;
  tokens: readonly Token[];
  /** The first WITH query, and the statement without it. */
  cte?: { name: string; body: string };
  rest: string;
}

/** Finds the clauses of the outermost SELECT by its tokens at depth 0: the parse tree knows only where things start. */
export function splitClauses(sql: string): Clauses | undefined {
  const tokens = tokenize(sql);
  const lead = tokens[0]?.text.toUpperCase() === 'WITH' ? splitCte(sql, tokens) : undefined;
  const outer = tokensAtDepth0(tokens);
  const find = (keyword: string, after = -1) =>
    outer.find(
      (token, index) =>
        token.start > after &&
        token.text.toUpperCase() === keyword &&
        !/^(?:DISTINCT|AS|\.)$/i.test(outer[index - 1]?.text ?? ''), // IS DISTINCT FROM, AS from, o.from
    );
  const select = find('SELECT');
  if (select === undefined) return undefined;
  const behind = outer[outer.indexOf(select) + 1];
  const from = find('FROM', select.start);
  const where = from === undefined ? undefined : find('WHERE', from.start);
  return {
    select: behind?.text.toUpperCase() === 'ALL' ? behind.end : select.end,
    from: from?.start ?? sql.length,
    where: where?.end ?? sql.length,
    tokens: outer,
    rest: lead?.rest ?? sql,
    ...(lead === undefined ? {} : { cte: { name: lead.name, body: lead.body } }),
  };
}

/** `WITH name AS [NOT] [MATERIALIZED] ( body ) rest`. Undefined for a column list behind the name. */
function splitCte(sql: string, tokens: readonly Token[]): { name: string; body: string; rest: string } | undefined {
  const open = tokens.findIndex((token) => token.text === '(');
  const before = tokens.slice(1, open).map((token) => token.text.toUpperCase());
  if (open < 0 || !/^\S+ AS(?: MATERIALIZED| NOT MATERIALIZED)?$/.test(before.join(' '))) return undefined;
  const close = matchingClose(tokens, open);
  const [opening, closing, next, name] = [tokens[open], tokens[close], tokens[close + 1], tokens[1]];
  if (opening === undefined || closing === undefined || next === undefined || name === undefined) return undefined;
  const rest = next.text === ',' ? `WITH ${sql.slice(next.end).trimStart()}` : sql.slice(closing.end).trimStart();
  return { name: name.text, body: sql.slice(opening.end, closing.start).trim(), rest };
}

function matchingClose(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    if (tokens[index]?.text === '(') depth++;
    if (tokens[index]?.text === ')' && --depth === 0) return index;
  }
  return -1;
}

function tokensAtDepth0(tokens: readonly Token[]): Token[] {
  let depth = 0;
  return tokens.filter(({ text }) => {
    if (text === ')' || text === ']') depth--;
    const isOutside = depth === 0;
    if (text === '(' || text === '[') depth++;
    return isOutside;
  });
}

/** The selected expressions, each without its alias and without comments around it. */
export function splitTargets(clauses: Clauses, select: SelectStmt): { name: string; start: number; end: number }[] {
  const inside = clauses.tokens.filter((token) => token.start >= clauses.select && token.end <= clauses.from);
  const commas = inside.filter((token) => token.text === ',');
  return (select.targetList ?? []).map((target, index) => {
    const start = commas[index - 1]?.end ?? clauses.select;
    const limit = commas[index]?.start ?? clauses.from;
    const own = inside.filter((token) => token.start >= start && token.end <= limit);
    const hasAlias = 'ResTarget' in target && target.ResTarget.name !== undefined;
    const behind = own.at(-2)?.text.toUpperCase() === 'AS' ? 2 : 1; // AS may be left out
    const expression = hasAlias ? own.slice(0, -behind) : own;
    return {
      name: targetNames(select)[index] ?? '',
      start: expression[0]?.start ?? start,
      end: expression.at(-1)?.end ?? limit,
    };
  });
}

/** Replaces an alias by a name wherever it qualifies a column. `name` is quoted where it has to be. */
export function requalify(piece: string, alias: string, name: string): string {
  const tokens = tokenize(piece);
  let result = '';
  let at = 0;
  for (const [index, token] of tokens.entries()) {
    const isQualifier = tokens[index + 1]?.text === '.' && tokens[index - 1]?.text !== '.';
    if (!isQualifier || unquote(token.text) !== alias) continue;
    result += `${piece.slice(at, token.start)}${name}`;
    at = token.end;
  }
  return result + piece.slice(at);
}

function unquote(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier.toLowerCase();
}
