import { parseDocument } from 'yaml';
import * as z from 'zod';
import { parameterValue } from '../config-schema.js';
import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import { DIMENSIONS, LEVELS, PARAMETER_TYPES, type Parameter, type ParameterType } from './check.js';
import { RELATION } from './requires.js';
import { parseThreshold } from './threshold.js';

const threshold = z.string().transform((text, context) => {
  const parsed = parseThreshold(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no threshold; write for example "> 0", "> 0.1%" or "< 0.95"`,
  });
  return z.NEVER;
});

const parameter = z.partialRecord(z.enum(PARAMETER_TYPES), parameterValue).transform((value, context): Parameter => {
  const [entry, ...rest] = Object.entries(value);
  const type = PARAMETER_TYPES.find((name) => name === entry?.[0]);
  if (entry === undefined || type === undefined || rest.length > 0 || entry[1] === undefined) {
    context.addIssue({ code: 'custom', message: 'must be one {type: default}, such as {interval: 24 hours}' });
    return z.NEVER;
  }
  const problem = parameterProblem(type, entry[1]);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  return { type, value: entry[1] };
});

/** Why a value does not fit a parameter's type; undefined when it does. Intervals are judged by PostgreSQL's own words. */
export function parameterProblem(type: ParameterType, value: Parameter['value']): string | undefined {
  const isRight = {
    integer: typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31,
    number: typeof value === 'number' && Number.isFinite(value),
    text: typeof value === 'string',
    'text[]': Array.isArray(value),
    interval:
      typeof value === 'string' &&
      /^\s*(?:\d+(?:\.\d+)?\s*(?:seconds?|secs?|s|minutes?|mins?|m|hours?|h|days?|d|weeks?|w|months?|mons?|years?|y)\s*)+$/i.test(
        value,
      ),
  }[type];
  return isRight ? undefined : `${JSON.stringify(value)} is no ${type}`;
}

const relation = z
  .string()
  .regex(RELATION, 'must be a table with its schema, such as ops.daily_order_stats, or several in []');

const HeaderSchema = z.strictObject({
  title: z.string().min(1),
  dimension: z.enum(DIMENSIONS),
  level: z.enum(LEVELS).optional(),
  fail: threshold.optional(),
  warn: threshold.optional(),
  entity: z.string().min(1).optional(),
  population: z.string().min(1).optional(),
  key: z.string().min(1).default('id'),
  owner: z.string().min(1).optional(),
  why: z.string().min(1).optional(),
  remedy: z.string().min(1).optional(),
  params: z.record(z.string().regex(/^[a-z_][a-z0-9_]*$/), parameter).default({}),
  metric: z.strictObject({ unit: z.string().min(1) }).optional(),
  'no-value': z.enum(['skip', 'fail']).default('skip'),
  since: z.string().min(1).optional(),
  requires: z.union([relation.transform((name) => [name]), z.array(relation).min(1)]).default([]),
});
export type Header = z.infer<typeof HeaderSchema>;

/** Error at a place in a check file. */
export function checkFileError(file: string, line: number, message: string, hint?: string): SmsfoodError {
  return new SmsfoodError('CHECK_FILE_INVALID', `${file}:${line}: ${message}`, hint);
}

const QUOTES = 'A value with a colon inside, or with >, *, &, # or a quote at its start, must stand in quotes.';

/**
 * Splits a check file into its header (the `--!` lines at its top, one strict YAML document) and the SQL below.
 * `sqlLine` is the 1-based line on which the SQL starts. Throws CHECK_FILE_INVALID with file and line.
 */
export function parseHeader(file: string, text: string): { header: Header; sql: string; sqlLine: number } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  let end = 0;
  while (lines[end]?.startsWith('--!')) end++;
  if (end === 0) {
    throw checkFileError(
      file,
      1,
      'no header: a check starts with "--! title: …".',
      'See `smsfood check new --help` for a template.',
    );
  }
  const yaml = lines
    .slice(0, end)
    .map((line) => line.slice(3).replace(/^ /, ''))
    .join('\n');
  const document = parseDocument(yaml);
  const problem = document.errors[0];
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line ?? 1;
    throw checkFileError(
      file,
      line,
      `the header is not valid YAML: ${problem.message.split('\n')[0]?.replace(/ at line .*/, '')}.`,
      QUOTES,
    );
  }
  const content = contentOf(document, file);
  const parsed = HeaderSchema.safeParse(content ?? {});
  const lineOf = (key: string) =>
    Math.max(1, lines.slice(0, end).findIndex((line) => line.replace(/^--!\s*/, '').startsWith(`${key}:`)) + 1);
  if (!parsed.success) throw headerError(file, parsed.error.issues, content, lineOf);
  requireThreshold(file, parsed.data, lineOf);
  const sql = lines.slice(end).join('\n');
  const lead = sql.length - sql.trimStart().length;
  return {
    header: parsed.data,
    sql: sql.trim(),
    sqlLine: end + 1 + (sql.slice(0, lead).match(/\n/g)?.length ?? 0),
  };
}

function contentOf(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw checkFileError(file, 1, `the header is not valid YAML: ${reason}.`, QUOTES);
  }
}

function headerError(
  file: string,
  issues: z.core.$ZodIssue[],
  content: unknown,
  lineOf: (key: string) => number,
): SmsfoodError {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const valid =
      issue.path[0] === 'params'
        ? PARAMETER_TYPES
        : issue.path[0] === 'metric'
          ? ['unit']
          : Object.keys(HeaderSchema.shape);
    return checkFileError(
      file,
      lineOf(String(issue.path[0] ?? key)),
      `unknown header key "${[...issue.path, key].join('.')}".`,
      suggestion(key, valid),
    );
  }
  const key = String(issue?.path[0] ?? '');
  if (issue?.code === 'invalid_value' && issue.path.length === 1) {
    const value = String(new Map(Object.entries(content ?? {})).get(key) ?? '');
    return checkFileError(
      file,
      lineOf(key),
      `header key "${key}" cannot be "${value}".`,
      suggestion(value, issue.values.map(String)),
    );
  }
  return checkFileError(file, lineOf(key), `header key "${issue?.path.join('.')}": ${issue?.message}.`);
}

function requireThreshold(file: string, header: Header, lineOf: (key: string) => number): void {
  const { level, fail, warn, metric, entity } = header;
  if (level === undefined && fail === undefined && warn === undefined) {
    throw checkFileError(file, 1, 'no threshold: give "level: fail", "level: warn", or "fail:" and "warn:".');
  }
  if (level !== undefined && (fail !== undefined || warn !== undefined)) {
    throw checkFileError(
      file,
      lineOf('level'),
      '"level" is short for a threshold of "> 0": give it or "fail:"/"warn:", not both.',
    );
  }
  if (metric !== undefined && level !== undefined) {
    throw checkFileError(
      file,
      lineOf('level'),
      'a metric has no violations to count: give "fail:" or "warn:" with a threshold on its value.',
    );
  }
  const percent = fail?.percent ? 'fail' : warn?.percent ? 'warn' : undefined;
  if (percent !== undefined && (metric !== undefined || entity === undefined)) {
    const reason =
      metric !== undefined
        ? 'a metric is compared with its value'
        : 'a percentage needs "entity:", the table whose rows it is of';
    throw checkFileError(file, lineOf(percent), `a percentage cannot be used here: ${reason}.`);
  }
}
