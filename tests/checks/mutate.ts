import { readFileSync } from 'node:fs';
import type { CatalogueEntry } from '../../src/checks/catalogue.js';

/**
 * The text of a check file whose verdict is wrong: a filter with its predicate negated, a metric without its value,
 * anything else without its rows.
 */
export function mutate(check: CatalogueEntry): string {
  const text = readFileSync(check.file, 'utf8');
  const header = text.slice(0, text.indexOf(check.sql));
  // Without its value and its reason: a metric that always says "nothing to judge".
  if (check.metric !== null)
    return `${header.replace(/^--! no-value:.*\n/m, '')}SELECT NULL::numeric AS value FROM (\n${check.sql}\n) AS whole`;
  if (check.shape.kind !== 'filter')
    return `${header}SELECT ${JSON.stringify(check.key)} FROM (\n${check.sql}\n) AS whole WHERE false`;
  const { predicate } = check.shape;
  const at = check.sql.lastIndexOf(predicate);
  return `${header}${check.sql.slice(0, at)} NOT coalesce((${predicate}\n), false)`;
}
