import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import { type Check, type Dimension, type Level, levelOf } from './check.js';

export interface Selectors {
  /** Ids, domains or globs such as `orders.*`; none means all. */
  patterns: readonly string[];
  dimensions: readonly Dimension[];
  levels: readonly Level[];
  owners: readonly string[];
}

/** The checks that satisfy every selector. Throws when a selector names nothing, or when nothing is left. */
export function selectChecks<C extends Check>(checks: readonly C[], selectors: Selectors): C[] {
  for (const pattern of selectors.patterns) {
    if (checks.some((check) => matches(check, pattern))) continue;
    const valid = [...new Set(checks.flatMap(({ id, domain }) => [id, domain]))];
    throw new SmsfoodError('NOTHING_SELECTED', `No check or domain is called "${pattern}".`, suggestion(pattern, valid));
  }
  const owners = new Set(checks.map(({ owner }) => owner).filter((owner) => owner !== null));
  for (const owner of selectors.owners) {
    if (!owners.has(owner)) throw new SmsfoodError('NOTHING_SELECTED', `No check is owned by "${owner}".`, suggestion(owner, owners));
  }
  const selected = checks.filter(
    (check) =>
      isOneOf(selectors.dimensions, check.dimension) &&
      isOneOf(selectors.levels, levelOf(check)) &&
      (selectors.owners.length === 0 || (check.owner !== null && selectors.owners.includes(check.owner))) &&
      (selectors.patterns.length === 0 || selectors.patterns.some((pattern) => matches(check, pattern))),
  );
  if (selected.length === 0) {
    throw new SmsfoodError('NOTHING_SELECTED', 'No check satisfies all selectors together.', 'List them with `smsfood check list`.');
  }
  return selected;
}

function isOneOf<T>(wanted: readonly T[], value: T): boolean {
  return wanted.length === 0 || wanted.includes(value);
}

function matches({ id, domain }: Check, pattern: string): boolean {
  if (!/[*?]/.test(pattern)) return id === pattern || domain === pattern;
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(id);
}

/** The check of an id. Throws NOT_FOUND with the nearest id. */
export function exactCheck<C extends Check>(checks: readonly C[], id: string): C {
  const check = checks.find((each) => each.id === id);
  if (check !== undefined) return check;
  throw new SmsfoodError('NOT_FOUND', `No check is called "${id}".`, suggestion(id, checks.map((each) => each.id)));
}
