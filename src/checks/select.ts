import { SmsfoodError } from '../errors.js';
import { nearest, suggestion } from '../nearest.js';
import { type Check, type Dimension, domainOf, type Level, levelOf } from './check.js';

export interface Selectors {
  dimensions: readonly Dimension[];
  levels: readonly Level[];
  owners: readonly string[];
}

/** The ids that some pattern names: an id, a domain, or a glob such as `orders.*`. Throws for a pattern that names none. */
export function matchIds(ids: readonly string[], patterns: readonly string[]): string[] {
  for (const pattern of patterns) {
    if (ids.some((id) => matches(id, pattern))) continue;
    const domains = [...new Set(ids.map(domainOf))];
    const match = nearest(pattern, [...domains, ...ids]);
    throw new SmsfoodError(
      'NOTHING_SELECTED',
      `No check or domain is called "${pattern}".`,
      match === undefined
        ? `Domains: ${domains.join(', ')}. \`smsfood check list${domains.includes(domainOf(pattern)) ? ` ${domainOf(pattern)}` : ''}\` lists the checks.`
        : `Did you mean "${match}"?`,
    );
  }
  return ids.filter((id) => patterns.length === 0 || patterns.some((pattern) => matches(id, pattern)));
}

/** The checks that satisfy every selector. Throws when a selector names nothing, or when nothing is left. */
export function selectChecks<C extends Check>(checks: readonly C[], selectors: Selectors): C[] {
  const owners = new Set(checks.map(({ owner }) => owner).filter((owner) => owner !== null));
  for (const owner of selectors.owners) {
    if (!owners.has(owner))
      throw new SmsfoodError('NOTHING_SELECTED', `No check is owned by "${owner}".`, suggestion(owner, owners));
  }
  const selected = checks.filter(
    (check) =>
      isOneOf(selectors.dimensions, check.dimension) &&
      isOneOf(selectors.levels, levelOf(check)) &&
      (selectors.owners.length === 0 || (check.owner !== null && selectors.owners.includes(check.owner))),
  );
  if (selected.length === 0) {
    throw new SmsfoodError(
      'NOTHING_SELECTED',
      'No check satisfies all selectors together.',
      'List them with `smsfood check list`.',
    );
  }
  return selected;
}

function isOneOf<T>(wanted: readonly T[], value: T): boolean {
  return wanted.length === 0 || wanted.includes(value);
}

function matches(id: string, pattern: string): boolean {
  if (!/[*?]/.test(pattern)) return id === pattern || domainOf(id) === pattern;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(id);
}
