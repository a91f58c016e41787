import type { Delivery } from '../notify/delivery.js';
import type { Column, Report, Section, Table } from '../report.js';
import { count } from '../words.js';
import type { Night } from './nightly.js';
import { pastLines } from './past.js';
import type { StepResult, Verdict } from './step.js';

export interface ReportOptions {
  runId: string;
  /** `host:port/database`, without user and password. */
  database: string;
  sandbox: boolean;
  told: readonly Delivery[];
}

/** What a night came to; `document` is `smsfood.nightly/1`. Durations are milliseconds, money is integer cents. */
export function nightReport(night: Night, { runId, database, sandbox, told }: ReportOptions): Report {
  const { mode, startedAt, durationMs, past, steps, notes, exitCode } = night;
  const findings = findingsOf(night);
  return {
    name: 'nightly',
    document: {
      schema: 'smsfood.nightly/1',
      run: { id: runId, startedAt, durationMs: Math.round(durationMs), database, sandbox },
      mode,
      past,
      steps: steps.map(({ verdicts, ...step }) => ({ ...step, durationMs: whole(step.durationMs) })),
      findings,
      notifications: told,
      notes,
      exitCode,
    },
    table: {
      columns: [
        ...STEP_COLUMNS,
        { key: 'message', label: 'What', kind: 'text' },
        { key: 'error', label: 'Error', kind: 'id' },
        { key: 'next', label: 'What to do', kind: 'text' },
      ],
      rows: steps.map((step) => ({
        ...stepRow(step),
        run: step.runId,
        error: step.error?.code ?? null,
        next: step.next.length === 0 ? null : step.next.join('; '),
      })),
    },
    sections: [
      { lines: headlines(night, database) },
      { table: { columns: STEP_COLUMNS, rows: steps.map(stepRow) } },
      { lines: steps.map(({ name, message }) => `${name}: ${message}`) },
      ...findingSections(findings),
      ...nextSection(night),
      ...notesSection(night, told),
    ],
    sandbox,
  };
}

function whole(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.round(milliseconds);
}

/** How the night ended, and that a dry run was all it was. */
export function headlines({ mode, steps, exitCode }: Night, database: string): string[] {
  const named = (status: StepResult['status']) =>
    steps
      .filter((step) => step.status === status)
      .map(({ name }) => name)
      .join(', ');
  const [findings, errors] = [named('findings'), named('errors')];
  const parts = [
    ...(findings === '' ? [] : [`findings in ${findings}`]),
    ...(errors === '' ? [] : [`errors in ${errors}`]),
  ];
  return [
    `The night of ${database}: ${parts.length === 0 ? 'all is well' : parts.join(', ')} (exit code ${exitCode}).`,
    ...(mode === 'dry-run' ? ['Nothing of the platform was changed: that needs --apply.'] : []),
  ];
}

/** The verdicts that somebody should hear of: what was found, what could not be judged, and what is over. */
export function findingsOf({ steps }: Pick<Night, 'steps'>): Verdict[] {
  const order = ['fail', 'error', 'warn', 'pass'];
  return steps
    .flatMap(({ verdicts }) => verdicts ?? [])
    .filter(({ status, state }) => ['fail', 'error', 'warn'].includes(status) || state?.is === 'resolved')
    .sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status) || (b.cents ?? 0) - (a.cents ?? 0));
}

/** The commands that show or settle what is left, each once. */
export function nextOf({ steps }: Pick<Night, 'steps'>): string[] {
  return [...new Set(steps.flatMap(({ next }) => next))];
}

const STEP_COLUMNS: Column[] = [
  { key: 'name', label: 'Step', kind: 'id' },
  { key: 'status', label: 'Status', kind: 'text' },
  { key: 'durationMs', label: 'Time', kind: 'milliseconds' },
  { key: 'run', label: 'Run', kind: 'id' },
];

function stepRow({ name, status, durationMs, runId, message }: StepResult) {
  return { name, status, durationMs: whole(durationMs), run: runId?.slice(0, 8) ?? null, message };
}

/** Warnings that were there before are counted: they break nothing, and every night would name them. */
function findingSections(findings: readonly Verdict[]): Section[] {
  const quiet = findings.filter(({ status, state }) => status === 'warn' && state?.is !== 'new');
  const shown = findings.filter((finding) => finding.status !== 'pass' && !quiet.includes(finding));
  const resolved = findings.filter(({ state }) => state?.is === 'resolved').map(({ id }) => id);
  const lines = [
    ...(quiet.length === 0 ? [] : [`${warningsBesides(quiet.length)}: \`smsfood check\` has them.`]),
    ...(resolved.length === 0 ? [] : [`Resolved since the last run: ${resolved.join(', ')}.`]),
  ];
  return [
    ...(shown.length === 0 ? [] : [{ title: 'Findings', table: findingTable(shown) }]),
    ...(lines.length === 0 ? [] : [{ lines }]),
  ];
}

export function warningsBesides(number: number): string {
  return `${count(number, 'warning')} besides`;
}

function findingTable(findings: readonly Verdict[]): Table {
  return {
    columns: [
      { key: 'status', label: 'Status', kind: 'status' },
      { key: 'id', label: 'Check', kind: 'id' },
      { key: 'found', label: 'Found', kind: 'text' },
      { key: 'cents', label: 'At stake', kind: 'cents' },
      { key: 'since', label: 'Since', kind: 'text' },
    ],
    rows: findings.map(({ status, id, found, cents, state }) => ({
      status,
      id,
      found,
      cents: cents === 0 ? null : cents,
      since: since(state),
    })),
  };
}

/** `new`, or the day since when it is open. */
export function since(state: Verdict['state']): string | null {
  return state === null ? null : state.is === 'open' ? state.since.slice(0, 10) : state.is;
}

function nextSection({ steps }: Night): Section[] {
  const lines = steps.flatMap(({ next, error }) => [
    ...next.map((command) => `$ ${command}`),
    ...(error?.hint == null ? [] : [`  ${error.hint}`]),
  ]);
  return lines.length === 0 ? [] : [{ title: 'What to do', lines }];
}

function notesSection({ past, notes }: Night, told: readonly Delivery[]): Section[] {
  const reached = [...new Set(told.filter(({ delivered }) => delivered).map(({ channel }) => channel))];
  const lines = [
    ...(past === null ? [] : pastLines(past)),
    ...notes,
    ...(reached.length === 0 ? [] : [`Told: ${reached.join(', ')}.`]),
  ];
  return lines.length === 0 ? [] : [{ title: 'Notes', lines }];
}
