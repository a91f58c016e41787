import { readFileSync } from 'node:fs';
import { SmsfoodError, systemCode } from '../errors.js';
import { suggestion } from '../nearest.js';
import { type Check, domainOf } from './check.js';
import { checkFileError, type Header, parseHeader } from './header.js';
import { GLOBAL_NAMES } from './parameters.js';
import { type Shape, shapeOf } from './shape.js';
import { lineAndColumn, parameterUses, withoutSemicolon } from './sql-text.js';
import { parseSelect, selectsStar, tablesOf, targetNames } from './statement.js';

/** A check together with what its parse tree shows. */
export interface ParsedCheck extends Check {
  shape: Shape;
  /** Tables that its statement reads. */
  tables: string[];
}

/** Reads and validates one check file. Needs the parser (`loadParser`). Throws CHECK_FILE_INVALID with the place. */
export function readCheckFile(file: string, id: string): ParsedCheck {
  const { header, sql: text, sqlLine } = parseHeader(file, textOf(file));
  const select = parseSelect(text, { file, sqlLine });
  const sql = withoutSemicolon(text);
  checkFragments(file, header);
  checkParameters(file, header, sql, sqlLine);
  const columns = targetNames(select);
  const needed = header.metric === undefined ? header.key : 'value';
  if (!columns.includes(needed) && !selectsStar(select)) {
    const role = header.metric === undefined ? 'the key column' : 'the column of a metric';
    throw checkFileError(
      file,
      sqlLine,
      `the statement does not select "${needed}", ${role}.`,
      suggestion(needed, columns.filter(Boolean)),
    );
  }
  const shape = shapeOf(sql, select, header.metric !== undefined);
  return {
    ...fromHeader(header),
    id,
    domain: domainOf(id),
    sql,
    file,
    sqlLine,
    shape,
    tables: tablesOf(select),
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = systemCode(error) || String(error);
    throw new SmsfoodError('CHECK_FILE_INVALID', `${file} cannot be read (${reason}).`, 'Check its permissions.', {
      cause: error,
    });
  }
}

type HeaderPart = Omit<Check, 'id' | 'domain' | 'sql' | 'file' | 'sqlLine'>;

function fromHeader(header: Header): HeaderPart {
  const any = { operator: '>', limit: 0, percent: false, text: '> 0' } as const;
  const fail = header.level === 'fail' ? any : header.fail;
  const warn = header.level === 'warn' ? any : header.warn;
  return {
    title: header.title,
    dimension: header.dimension,
    thresholds: { ...(fail === undefined ? {} : { fail }), ...(warn === undefined ? {} : { warn }) },
    entity: header.entity ?? null,
    population: header.population ?? null,
    key: header.key,
    owner: header.owner ?? null,
    why: header.why ?? null,
    remedy: header.remedy ?? null,
    parameters: header.params,
    metric: header.metric ?? null,
    noValue: header['no-value'],
    requires: header.requires,
    since: header.since ?? null,
  };
}

/** Every `:name` is declared or global, and every declared one is used. */
function checkParameters(file: string, header: Header, sql: string, sqlLine: number): void {
  const declared = Object.keys(header.params);
  const valid = [...declared, ...GLOBAL_NAMES];
  const used = new Set<string>();
  for (const use of parameterUses(sql)) {
    used.add(use.name);
    if (valid.includes(use.name)) continue;
    const at = lineAndColumn(sql, use.start);
    throw checkFileError(
      file,
      sqlLine + at.line - 1,
      `unknown parameter ":${use.name}" (column ${at.column}).`,
      suggestion(use.name, valid),
    );
  }
  for (const use of parameterUses(`${header.population ?? ''} ${header.since ?? ''}`)) {
    used.add(use.name);
    if (valid.includes(use.name) || use.name === 'since') continue;
    throw checkFileError(
      file,
      1,
      `unknown parameter ":${use.name}" in the header.`,
      suggestion(use.name, [...valid, 'since']),
    );
  }
  const shadowed = declared.find((name) => name === 'since' || GLOBAL_NAMES.some((global) => global === name));
  if (shadowed !== undefined)
    throw checkFileError(file, 1, `parameter "${shadowed}" is one that every check has; give yours another name.`);
  const unused = declared.find((name) => !used.has(name));
  if (unused !== undefined) throw checkFileError(file, 1, `parameter "${unused}" is declared and never used.`);
}

/** The SQL fragments of the header must parse where they will stand. */
function checkFragments(file: string, header: Header): void {
  const identifier = /^[a-z_][a-z0-9_]*$/;
  if (header.entity !== undefined && !identifier.test(header.entity)) {
    throw checkFileError(file, 1, `"entity" must be the name of a table, and "${header.entity}" is none.`);
  }
  const place = { file, sqlLine: 1 };
  if (header.population !== undefined) {
    if (header.entity === undefined)
      throw checkFileError(file, 1, '"population" restricts the rows of "entity:", which is missing.');
    parseSelect(`SELECT 1 FROM ${header.entity} WHERE (${header.population})`, place);
  }
  if (header.since !== undefined) parseSelect(header.since, place);
}
