import type { Column, Report, Table } from '../report.js';
import type { Refreshed } from './refresh.js';

export interface ReportOptions {
  runId: string;
  sandbox: boolean;
}

/** What a refresh did; `document` is `smsfood.refresh/1`. */
export function refreshReport(refreshed: Refreshed, { runId, sandbox }: ReportOptions): Report {
  const { clock, scope, days, tables, watermark } = refreshed;
  const rows = tables.map(({ name, written, reason, rows: all }) => ({
    name,
    status: written === null ? 'skipped' : 'refreshed',
    changed: written?.changed ?? null,
    removed: written?.removed ?? null,
    rows: all,
    reason,
  }));
  const table: Table = { columns: COLUMNS, rows };
  return {
    name: 'refresh',
    document: {
      schema: 'smsfood.refresh/1',
      run: { id: runId, now: clock.now, day: clock.day, timezone: clock.timezone },
      scope:
        scope.kind === 'full'
          ? { kind: 'full', since: null, reason: scope.reason }
          : { kind: 'since', since: scope.since, reason: null },
      days,
      tables: rows,
      watermark: { before: scope.watermark, after: watermark },
      exitCode: 0,
    },
    table: { columns: [...COLUMNS, { key: 'reason', label: 'Reason', kind: 'text' }], rows },
    sections: [
      { lines: [scopeLine(refreshed)] },
      { table },
      ...tables.flatMap(({ name, reason }) =>
        reason === null ? [] : [{ lines: [`${name} is left as it is: ${reason}.`] }],
      ),
      ...(scope.kind === 'since' && !scope.moves
        ? [{ lines: [`The watermark stays at ${watermark}: what changed before --since is still to be looked at.`] }]
        : []),
    ],
    sandbox,
  };
}

function scopeLine({ clock, scope, days }: Refreshed): string {
  const now = `The platform as it was at ${clock.now}, ${clock.day} in ${clock.timezone}.`;
  if (scope.kind === 'full') return `${now} A full pass: ${scope.reason}.`;
  const number = days?.length ?? 0;
  return `${now} Orders changed since ${scope.since}: ${number === 1 ? 'one day' : `${number} days`} recomputed.`;
}

const COLUMNS: Column[] = [
  { key: 'name', label: 'Table', kind: 'id' },
  { key: 'status', label: 'Status', kind: 'text' },
  { key: 'changed', label: 'Changed', kind: 'integer' },
  { key: 'removed', label: 'Removed', kind: 'integer' },
  { key: 'rows', label: 'Rows', kind: 'integer' },
];
