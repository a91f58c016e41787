import pg from 'pg';
import type { Config, ParameterValue } from '../config-schema.js';
import type { Parameter, ParameterType } from './check.js';
import { replaceParameters } from './sql-text.js';

/** A value that every check may use, with its SQL type. */
export interface GlobalParameter {
  type: ParameterType | 'timestamp';
  value: ParameterValue;
}

/** What the run supplies: one clock, one time zone, the configured sets. */
export interface Globals {
  /** ISO 8601, UTC. */
  now: string;
  timezone: string;
  sold: readonly string[];
  categories: readonly string[];
  tags: readonly string[];
  /** ISO 8601, UTC: judge only what is newer. */
  since: string | null;
}

/** The part of the globals that the configuration sets. */
export function configuredGlobals({ timezone, soldStatuses, checks }: Config): Omit<Globals, 'now' | 'since'> {
  return { timezone, sold: soldStatuses, categories: checks.categories, tags: checks.tags };
}

/** Names that a check's SQL may use without declaring them. `since` only stands in the header's `since:`. */
export const GLOBAL_NAMES = ['now', 'timezone', 'sold', 'categories', 'tags'] as const;

/** By name. */
export type GlobalParameters = Readonly<Record<string, GlobalParameter>>;

export function globalParameters(globals: Globals): GlobalParameters {
  return {
    now: { type: 'timestamp', value: withoutZone(globals.now) },
    timezone: { type: 'text', value: globals.timezone },
    sold: { type: 'text[]', value: [...globals.sold] },
    categories: { type: 'text[]', value: [...globals.categories] },
    tags: { type: 'text[]', value: [...globals.tags] },
    since: { type: 'timestamp', value: withoutZone(globals.since ?? globals.now) },
  };
}

/** The platform's times are UTC without zone; PostgreSQL would drop the Z silently, so it is dropped here. */
function withoutZone(iso: string): string {
  return iso.replace(/Z$/, '');
}

type Parameters = Readonly<Record<string, Parameter | GlobalParameter>>;

/** Collects the bound values of one statement. */
export interface Binder {
  readonly values: ParameterValue[];
  /** The SQL with each `:name` as a placeholder of its type; equal values share one. */
  bind(sql: string, own: Readonly<Record<string, Parameter>>): string;
}

export function createBinder(globals: Parameters): Binder {
  const values: ParameterValue[] = [];
  const numbers = new Map<string, number>();
  const placeholder = ({ type, value }: Parameter | GlobalParameter) => {
    const key = `${type} ${JSON.stringify(value)}`;
    let number = numbers.get(key);
    if (number === undefined) {
      number = values.push(value);
      numbers.set(key, number);
    }
    return `($${number}::${type === 'number' ? 'numeric' : type})`;
  };
  return {
    values,
    bind: (sql, own) =>
      replaceParameters(sql, (name) => {
        const parameter = own[name] ?? globals[name];
        if (parameter === undefined) throw new Error(`unbound parameter ${name}`); // the loader has refused it
        return placeholder(parameter);
      }),
  };
}

/** A parameter as a SQL literal, for statements that a person pastes into psql. */
export function literal({ type, value }: Parameter | GlobalParameter): string {
  if (typeof value === 'number') return value < 0 ? `(${value})` : String(value); // `x -:n` must not become a comment
  if (Array.isArray(value)) return `ARRAY[${value.map(pg.escapeLiteral).join(', ')}]::text[]`;
  return type === 'text' ? pg.escapeLiteral(value) : `${pg.escapeLiteral(value)}::${type}`;
}
