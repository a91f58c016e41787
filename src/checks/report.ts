import { relative } from 'node:path';
import {
  type Cell,
  countByStatus,
  type Finding,
  type FindingStatus,
  type Report,
  type Section,
  type StatusCounts,
  type Table,
} from '../report.js';
import { count, dollars, grouped } from '../words.js';
import type { CheckRun } from './run.js';
import { skippedSection } from './skipped-section.js';
import { type CheckResult, exitCodeOf, type FailOn } from './verdict.js';

export interface ReportContext {
  runId: string;
  /** `host:port/database`, without user and password. */
  database: string;
  sandbox: boolean;
  since: string | null;
  failOn: FailOn;
  /** Files of checks are named relative to it. */
  cwd: string;
  /** Show every finding with samples and remedy. */
  details: boolean;
}

/** How urgent a status is: what a reader should see first. */
const ORDER: readonly FindingStatus[] = ['fail', 'error', 'warn', 'skipped', 'pass'];

/** The outcome of `smsfood check` in the form that renderers understand; `document` is `smsfood.check/1`. */
export function checkReport(run: CheckRun, context: ReportContext): Report & { exitCode: 0 | 1 | 3 } {
  const summary = countByStatus(run.results);
  const exitCode = exitCodeOf(summary, context.failOn);
  const results = run.results.map((result) => ({ ...result, file: shortPath(result.file, context.cwd) }));
  return {
    name: 'check',
    document: document(run, results, summary, exitCode, context),
    table: resultTable(results),
    sections: sections(run, results, summary, context),
    findings: results.map(toFinding),
    sandbox: context.sandbox,
    exitCode,
  };
}

function shortPath(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith('..') ? file : path;
}

function document(
  run: CheckRun,
  results: CheckResult[],
  summary: StatusCounts,
  exitCode: number,
  context: ReportContext,
): Record<string, unknown> {
  return {
    schema: 'smsfood.check/1',
    run: {
      id: context.runId,
      startedAt: run.startedAt,
      durationMs: Math.round(run.durationMs),
      now: run.now,
      database: context.database,
      server: run.server,
      snapshot: run.snapshot,
      queries: run.queries,
      sandbox: context.sandbox,
      complete: run.complete,
      since: context.since,
    },
    summary,
    results: results.map((result) => ({
      ...result,
      durationMs: result.durationMs === null ? null : Math.round(result.durationMs),
    })),
    notes: run.notes,
    exitCode,
  };
}

function resultTable(results: CheckResult[]): Table {
  return {
    columns: [
      { key: 'id', label: 'Check', kind: 'id' },
      { key: 'dimension', label: 'Dimension', kind: 'text' },
      { key: 'level', label: 'Level', kind: 'status' },
      { key: 'status', label: 'Status', kind: 'status' },
      { key: 'violations', label: 'Violations', kind: 'integer' },
      { key: 'rows', label: 'Rows', kind: 'integer' },
      { key: 'cents', label: 'At stake', kind: 'cents' },
      { key: 'value', label: 'Value', kind: 'number' },
      { key: 'unit', label: 'Unit', kind: 'text' },
      { key: 'threshold', label: 'Threshold', kind: 'text' },
      { key: 'reason', label: 'Reason', kind: 'text' },
      { key: 'owner', label: 'Owner', kind: 'text' },
      { key: 'title', label: 'Title', kind: 'text' },
    ],
    rows: results.map((result) => ({
      id: result.id,
      dimension: result.dimension,
      level: result.level,
      status: result.status,
      violations: result.violations,
      rows: result.rows,
      cents: result.cents,
      value: result.value,
      unit: result.unit,
      threshold: result.threshold,
      reason: result.reason,
      owner: result.owner,
      title: result.title,
    })),
  };
}

function sections(run: CheckRun, results: CheckResult[], summary: StatusCounts, context: ReportContext): Section[] {
  const shown = mostUrgentFirst(results.filter(({ status }) => status !== 'pass'));
  const open = shown.filter(({ status }) => status !== 'skipped');
  const findings: Section[] = open.length === 0 ? [] : [{ table: findingTable(open) }];
  const details = context.details ? open.map(detail) : [];
  const skipped = shown.flatMap(({ id, status, reason }) =>
    status === 'skipped' ? [{ check: id, reason: reason ?? 'no reason is known' }] : [],
  );
  const notes: Section[] = run.notes.length === 0 ? [] : [{ title: 'Notes', lines: run.notes }];
  const resolved = results.filter(({ state }) => state?.is === 'resolved').map(({ id }) => id);
  const closing = [
    verdictLine(run, summary),
    ...(resolved.length === 0 ? [] : [`Resolved since the last run: ${resolved.join(', ')}.`]),
  ];
  return [...findings, ...details, ...skippedSection(skipped), ...notes, { lines: closing }];
}

/** By status, then by the money at stake. */
export function mostUrgentFirst(results: readonly CheckResult[]): CheckResult[] {
  return results.toSorted(
    (a, b) =>
      ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || (b.cents ?? 0) - (a.cents ?? 0) || a.id.localeCompare(b.id),
  );
}

function findingTable(shown: CheckResult[]): Table {
  const hasState = shown.some(({ state }) => state !== null);
  return {
    columns: [
      { key: 'status', label: 'Status', kind: 'status' },
      { key: 'id', label: 'Check', kind: 'id' },
      { key: 'found', label: 'Found', kind: 'text' },
      { key: 'cents', label: 'At stake', kind: 'cents' },
      ...(hasState ? [{ key: 'since', label: 'Since', kind: 'text' } as const] : []),
    ],
    rows: shown.map(findingRow),
  };
}

/** What stands of a result in a table; `cents` is null where nothing is at stake. */
export function findingRow(result: CheckResult): Record<string, Cell> {
  const { status, id, title, cents } = result;
  return { status, id, title, found: found(result), cents: cents === 0 ? null : cents, since: sinceOf(result) };
}

/** The day since which it has been open, `new`, or null where that is not known. */
function sinceOf({ state }: CheckResult): string | null {
  if (state === null) return null;
  return state.is === 'new' ? 'new' : state.since.slice(0, 10);
}

/** What was found, in a few words. */
export function found({ status, violations, rows, value, unit, reason, baseline, threshold }: CheckResult): string {
  if (status === 'error' || status === 'skipped') return reason ?? '';
  if (violations !== null) {
    const share = rows !== null && rows > 0 ? ` of ${grouped(rows)}${percentage(violations, rows)}` : '';
    return `${grouped(violations)}${share}${baseline === null ? '' : `, ${baseline.new} new`}`;
  }
  if (value !== null) return `${round(value)} ${unit ?? ''} (limit ${threshold})`;
  return reason ?? '';
}

function percentage(part: number, whole: number): string {
  const percent = (part / whole) * 100;
  return percent >= 0.1 ? ` (${percent.toFixed(1)}%)` : '';
}

function round(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 4 });
}

function detail(result: CheckResult): Section {
  const lines = [
    `${result.title}. Threshold: ${result.threshold}.${result.owner === null ? '' : ` Owner: ${result.owner}.`}`,
  ];
  if (result.reason !== null) lines.push(`Reason: ${result.reason}.`);
  if (result.error?.position != null)
    lines.push(`At ${result.file}:${result.error.position.line}:${result.error.position.column}.`);
  if (result.baseline !== null) lines.push(baselineLine(result.baseline));
  for (const sample of result.samples) {
    lines.push(
      `- ${Object.entries(sample)
        .map(([name, value]) => `${name}: ${showValue(value)}`)
        .join(', ')}`,
    );
  }
  if (result.remedy !== null) lines.push(`Remedy: ${result.remedy}`);
  return { title: `${result.status.toUpperCase()} ${result.id}`, lines };
}

function baselineLine({ known, new: fresh, gone, expired }: NonNullable<CheckResult['baseline']>): string {
  const parts = [`${known} known`, `${fresh} new`];
  if (gone !== null && gone > 0) parts.push(`${gone} gone: write the baseline again so that it shrinks`);
  if (expired > 0) parts.push(`${expired} expired, which excuse nothing any more`);
  return `Baseline: ${parts.join(', ')}.`;
}

function showValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function verdictLine(run: CheckRun, summary: StatusCounts): string {
  const counts = ORDER.filter((status) => summary[status] > 0).map((status) => `${summary[status]} ${status}`);
  const seconds = (run.durationMs / 1000).toFixed(1);
  const lost = run.complete ? '' : ' The database was lost before everything was judged.';
  return `${count(run.results.length, 'check')}: ${counts.join(', ')}. As of ${run.now}, in ${seconds} s with ${count(run.queries, 'statement')}.${lost}`;
}

function toFinding(result: CheckResult): Finding {
  const money = result.cents === null || result.cents === 0 ? '' : `; ${dollars(result.cents)} at stake`;
  return {
    id: result.id,
    title: result.title,
    status: result.status,
    message: result.status === 'pass' ? 'Nothing found.' : `${result.title}: ${found(result)}${money}.`,
    remedy: result.remedy,
    file: result.file,
    line: result.error?.position?.line ?? result.line,
    durationMs: result.durationMs,
    tags: {
      dimension: result.dimension,
      level: result.level,
      ...(result.owner === null ? {} : { owner: result.owner }),
    },
  };
}
