import type { Chapter } from '../page.js';
import { countByStatus, type Table } from '../report.js';
import { found, mostUrgentFirst, sinceOf } from './report.js';
import type { CheckRun } from './run.js';
import { changeOf, HOW_SCORED, type ScorecardInput, scorecardOf, scoreTable } from './scorecard-report.js';
import type { CheckResult } from './verdict.js';

/** How good the data is, by domain and by dimension. */
export function scorecardChapter(input: Omit<ScorecardInput, 'fillRates'>): Chapter {
  const { overall, domains, dimensions, hasTrend, trend } = scorecardOf({ ...input, fillRates: [] });
  const change = changeOf(overall);
  return {
    ...{ id: 'data-quality', title: 'Data quality' },
    lines: [`${overall.checks} checks, judged as of ${input.now}. ${trend}`],
    figures: [
      {
        ...{ id: 'scorecard.overall', label: 'Score, of 100' },
        value: overall.score === null ? null : overall.score.toFixed(1),
        change:
          change === null ? null : change === 'same' ? 'unchanged' : `${change}, from ${overall.previous?.toFixed(1)}`,
      },
      { id: 'scorecard.failing', label: 'Checks with findings', value: String(overall.failing), change: null },
      { id: 'scorecard.unjudged', label: 'Checks not judged', value: String(overall.unjudged), change: null },
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
      { id: 'findings.fail', label: 'Failed', value: String(fail), change: null },
      { id: 'findings.warn', label: 'Warnings', value: String(warn), change: null },
      { id: 'findings.error', label: 'In error', value: String(error), change: null },
      { id: 'findings.skipped', label: 'Skipped', value: String(skipped), change: null },
    ],
    exhibits: [
      { title: 'What was found', table: openTable(open) },
      ...(unjudged.length === 0 ? [] : [{ title: 'What could not be judged', table: unjudgedTable(unjudged) }]),
    ],
    notes: run.notes,
    definitions: [],
  };
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
    rows: open.map((result) => ({
      title: result.title,
      status: result.status,
      found: found(result),
      cents: result.cents === 0 ? null : result.cents,
      since: sinceOf(result),
      id: result.id,
    })),
  };
}

function unjudgedTable(unjudged: readonly CheckResult[]): Table {
  return {
    columns: [
      { key: 'title', label: 'Check', kind: 'text' },
      { key: 'status', label: 'Status', kind: 'status' },
      { key: 'reason', label: 'Why', kind: 'text' },
    ],
    rows: unjudged.map((result) => ({ title: result.title, status: result.status, reason: found(result) })),
  };
}
