import type { Report, Table } from '../report.js';
import { domainOf } from './check.js';
import type { FillRate } from './fill-rates.js';
import { type Score, type Scored, scoreOf, scoresBy } from './scorecard.js';

export interface ScorecardInput {
  now: string;
  results: readonly Scored[];
  past: { results: readonly Scored[]; at: string | null };
  fillRates: readonly FillRate[];
  /** Why there is no trend, or null. */
  noTrend: string | null;
  sandbox: boolean;
}

export interface Scorecard {
  overall: Score;
  dimensions: Score[];
  domains: Score[];
  hasTrend: boolean;
  /** What the trend is against, or why there is none. */
  trend: string;
}

export function scorecardOf({ results, past, noTrend }: ScorecardInput): Scorecard {
  return {
    overall: scoreOf('overall', results, past.results),
    dimensions: scoresBy(results, past.results, ({ dimension }) => dimension),
    domains: scoresBy(results, past.results, ({ id }) => domainOf(id)),
    hasTrend: past.at !== null,
    trend:
      past.at === null
        ? `No trend: ${noTrend ?? 'no earlier run is remembered'}.`
        : `Trend against the results up to ${past.at}.`,
  };
}

export const HOW_SCORED =
  'A pass earns 2 points at level fail and 1 at level warn, a warning of a fail-level check 1; the score is the share earned.';

/** The scorecard; `document` is `smsfood.scorecard/1`. Scores are 0 to 100, shares of rows 0 to 1. */
export function scorecardReport(input: ScorecardInput): Report {
  const { overall, dimensions, domains, hasTrend, trend } = scorecardOf(input);
  return {
    name: 'scorecard',
    document: {
      schema: 'smsfood.scorecard/1',
      asOf: input.now,
      comparedWith: input.past.at,
      overall,
      dimensions,
      domains,
      fillRates: input.fillRates.map((rate) => ({ ...rate, share: rate.rows === 0 ? null : rate.filled / rate.rows })),
    },
    table: scoreTable(
      [overall, ...dimensions.map((each) => named('dimension', each)), ...domains.map((each) => named('domain', each))],
      true,
    ),
    sections: [
      { title: 'Dimensions', table: scoreTable([...dimensions, overall], hasTrend) },
      { title: 'Domains', table: scoreTable(domains, hasTrend) },
      { title: 'Optional columns', table: fillTable(input.fillRates) },
      {
        lines: [trend, HOW_SCORED],
      },
    ],
    sandbox: input.sandbox,
  };
}

function named(kind: string, each: Score): Score {
  return { ...each, name: `${kind} ${each.name}` };
}

export function scoreTable(scores: readonly Score[], hasTrend: boolean): Table {
  return {
    columns: [
      { key: 'name', label: 'Name', kind: 'id' },
      { key: 'score', label: 'Score', kind: 'number' },
      ...(hasTrend ? [{ key: 'change', label: 'Change', kind: 'text' } as const] : []),
      { key: 'checks', label: 'Checks', kind: 'integer' },
      { key: 'failing', label: 'With findings', kind: 'integer' },
      { key: 'unjudged', label: 'Not judged', kind: 'integer' },
    ],
    rows: scores.map((each) => ({ ...each, change: changeOf(each) })),
  };
}

export function changeOf({ score: now, previous }: Score): string | null {
  if (now === null || previous === null) return null;
  const change = Math.round((now - previous) * 10) / 10;
  return change === 0 ? 'same' : `${change > 0 ? '+' : ''}${change}`;
}

function fillTable(rates: readonly FillRate[]): Table {
  return {
    columns: [
      { key: 'column', label: 'Column', kind: 'id' },
      { key: 'share', label: 'Filled', kind: 'percent' },
      { key: 'filled', label: 'Rows with it', kind: 'integer' },
      { key: 'rows', label: 'Rows', kind: 'integer' },
    ],
    rows: rates.map(({ table, column, filled, rows }) => ({
      column: `${table}.${column}`,
      share: rows === 0 ? null : (filled / rows) * 100,
      filled,
      rows,
    })),
  };
}
