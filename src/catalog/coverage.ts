import type { KnownTable } from './known-schema.js';

/** A check, and the columns on which its verdict depends, as `table.column`. */
export interface WatchingCheck {
  id: string;
  dimension: string;
  columns: ReadonlySet<string>;
}

export interface Share {
  watched: number;
  all: number;
  /** Null where there is nothing to watch. */
  percent: number | null;
}

export interface CoveredColumn {
  table: string;
  column: string;
  rule: string | null;
  checks: string[];
}

export interface CoveredRelation {
  from: string;
  to: string;
  hasForeignKey: boolean;
  checks: string[];
}

export interface Coverage {
  /** Columns with a business rule: what --min goes by. */
  rules: Share;
  /** All columns of the platform, of both generations. */
  columns: Share;
  relations: Share;
  tables: { table: string; rules: Share; columns: Share }[];
  byColumn: CoveredColumn[];
  byRelation: CoveredRelation[];
}

/**
 * What of the platform the checks watch. A column is watched where a verdict depends on it; a relation where a check of
 * integrity depends on both its ends: others join along it, and would not notice that a row is missing.
 */
export function coverageOf(tables: readonly KnownTable[], checks: readonly WatchingCheck[]): Coverage {
  const platform = tables.filter(({ name }) => !name.startsWith('ops.'));
  const watching = (places: readonly string[], among: readonly WatchingCheck[]) =>
    among.filter(({ columns }) => places.every((place) => columns.has(place))).map(({ id }) => id);
  const byColumn = platform.flatMap(({ name: table, columns }) =>
    columns.map(({ name: column, rule }) => ({
      table,
      column,
      rule,
      checks: watching([`${table}.${column}`], checks),
    })),
  );
  const integrity = checks.filter(({ dimension }) => dimension === 'integrity');
  const byRelation = platform.flatMap(({ name: table, columns }) =>
    columns.flatMap(({ name, references, hasForeignKey }) => {
      if (references === null) return [];
      const from = `${table}.${name}`;
      return [{ from, to: references, hasForeignKey, checks: watching([from, references], integrity) }];
    }),
  );
  const ruled = byColumn.filter(({ rule }) => rule !== null);
  return {
    rules: shareOf(ruled),
    columns: shareOf(byColumn),
    relations: shareOf(byRelation),
    tables: platform.map(({ name: table }) => ({
      table,
      rules: shareOf(ruled.filter((each) => each.table === table)),
      columns: shareOf(byColumn.filter((each) => each.table === table)),
    })),
    byColumn,
    byRelation,
  };
}

function shareOf(parts: readonly { checks: readonly string[] }[]): Share {
  const all = parts.length;
  const watched = parts.filter(({ checks }) => checks.length > 0).length;
  return { watched, all, percent: all === 0 ? null : Math.floor((watched * 1000) / all) / 10 };
}

/** Compared in whole numbers: 89.96% is not 90%. */
export function isBelow({ watched, all }: Share, min: number): boolean {
  return watched * 100 < min * all;
}
