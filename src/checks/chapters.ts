import type { Chapter, Figure } from '../page.js';
import { countByStatus, type Table } from '../report.js';
import { count } from '../words.js';
import { findingRow, mostUrgentFirst } from './report.js';
import type { CheckRun } from './run.js';
import { changeOf, HOW_SCORED, type ScorecardInput, scorecardOf, scoreTable } from './scorecard-report.js';
import type { CheckResult } from './verdict.js';

/** How good the data is, by domain and by dimension. */
export function scorecardChapter(input: Omit<ScorecardInput, 'fillRates'>): Chapter {
  const { overall, domains, dimensions, hasTrend, trend } = scorecardOf({ ...input, fillRates: [] });
  const change = changeOf(overall);
  return {
    ...{ id: 'data-quality', title: 'Data quality' },
    lines: [`${count(overall.checks, 'check')}, judged as of ${input.now}. ${trend}`],
    figures: [
      {
        ...{ id: 'scorecard.overall', label: 'Score, of 100' },
        value: overall.score === null ? null : overall.score.toFixed(1),
        change:
          change === null ? null : change === 'same' ? 'unchanged' : `${change}, from ${overall.previous?.toFixed(1)}`,
      },
      counted('scorecard.failing', 'Checks with findings', overall.failing),
      counted('scorecard.unjudged', 'Checks not judged', overall.unjudged),
    ],
    exhibits: [
      {
        title: 'Score by domain',
        table: scoreTable(domains, hasTrend),
        chart: { form: 'bars', x: 'name', y: ['score'], kind: 'number', most: 100 },
      },
      { title: 'Score by dimension', table: scoreTable(dimensions, hasTrend) },
    ],
    notes: [HOW_SCORED],
    definitions: [],
  };
}

/** What is violated today, and what could not be judged. Rows are counted, none is shown. */
export function findingsChapter(run: CheckRun): Chapter {
  const { fail, warn, error, skipped } = countByStatus(run.results);
  const open = mostUrgentFirst(run.results.filter(({ status }) => status === 'fail' || status === 'warn'));
  const unjudged = mostUrgentFirst(run.results.filter(({ status }) => status === 'error' || status === 'skipped'));
  return {
    ...{ id: 'findings', title: 'Open findings' },
    lines: [
      `As of ${run.now}, ${run.server}.${run.complete ? '' : ' The database was lost before everything was judged.'}`,
    ],
    figures: [
      counted('findings.fail', 'Failed', fail),
      counted('findings.warn', 'Warnings', warn),
      counted('findings.error', 'In error', error),
      counted('findings.skipped', 'Skipped', skipped),
    ],
    exhibits: [
      { title: 'What was found', table: openTable(open) },
      ...(unjudged.length === 0 ? [] : [{ title: 'What could not be judged', table: unjudgedTable(unjudged) }]),
    ],
    notes: run.notes,
    definitions: [],
  };
}

function counted(id: string, label: string, number: number): Figure {
  return { id, label, value: String(number), change: null };
}

function openTable(open: readonly CheckResult[]): Table {
  const hasState = open.some(({ state }) => state !== null);
  const atStake = open.some(({ cents }) => cents !== null && cents !== 0);
  return {
    columns: [
      { key: 'title', label: 'Finding', kind: 'text' },
      { key: 'status', label: 'Status', kind: 'status' },
      { key: 'found', label: 'Rows', kind: 'text' },
      ...(atStake ? [{ key: 'cents', label: 'At stake', kind: 'cents' } as const] : []),
      ...(hasState ? [{ key: 'since', label: 'Since', kind: 'id' } as const] : []),
      { key: 'id', label: 'Check', kind: 'id' },
    ],
    rows: open.map(findingRow),
  };
}

function unjudgedTable(unjudged: readonly CheckResult[]): Table {
  return {
    columns: [
      { key: 'title', label: 'Check', kind: 'text' },
      { key: 'status', label: 'Status', kind: 'status' },
      { key: 'found', label: 'Why', kind: 'text' },
    ],
    rows: unjudged.map(findingRow),
  };
}
