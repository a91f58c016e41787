import type { Column, Report } from '../report.js';
import { describeFilter } from './filter.js';
import type { EventList, EventRow } from './list.js';

export const EVENT_COLUMNS: Column[] = [
  { key: 'id', label: 'Id', kind: 'id' },
  { key: 'receivedAt', label: 'Received', kind: 'time' },
  { key: 'source', label: 'Source', kind: 'id' },
  { key: 'type', label: 'Type', kind: 'id' },
  { key: 'subject', label: 'Subject', kind: 'id' },
  { key: 'status', label: 'Status', kind: 'id' },
  { key: 'deadReason', label: 'Dead reason', kind: 'id' },
  { key: 'task', label: 'Task', kind: 'text' },
  { key: 'attempts', label: 'Attempts', kind: 'integer' },
  { key: 'nextAttemptAt', label: 'Next attempt', kind: 'time' },
  { key: 'deliveries', label: 'Deliveries', kind: 'integer' },
  { key: 'conflicts', label: 'Conflicts', kind: 'integer' },
  { key: 'occurredAt', label: 'Occurred', kind: 'time' },
  { key: 'processedAt', label: 'Processed', kind: 'time' },
  { key: 'dedupeKey', label: 'Key', kind: 'id' },
  { key: 'verifiedBy', label: 'Verified by', kind: 'text' },
  { key: 'outcome', label: 'Outcome', kind: 'text' },
  { key: 'lastError', label: 'Last error', kind: 'text' },
];

/** `document` is `smsfood.webhook-events/1`. */
export function eventsReport({ now, filter, matched, rows }: EventList, sandbox: boolean): Report {
  const isCut = rows.length < matched;
  return {
    name: 'webhooks list',
    document: {
      schema: 'smsfood.webhook-events/1',
      asOf: now,
      filter: describeFilter(filter),
      matched,
      cut: isCut,
      events: rows,
    },
    table: { columns: EVENT_COLUMNS, rows },
    sections:
      rows.length === 0
        ? [{ lines: ['No event of the inbox matches.'] }]
        : [{ table: shownTable(rows, now) }, { lines: [countLine(matched, rows.length)] }],
    sandbox,
  };
}

/** What a person scans: how old, what, about what, and where it stands. `show` has the rest. */
function shownTable(rows: readonly EventRow[], now: string): Report['table'] {
  return {
    columns: [
      { key: 'id', label: 'Id', kind: 'id' },
      { key: 'age', label: 'Age', kind: 'milliseconds' },
      { key: 'type', label: 'Type', kind: 'id' },
      { key: 'subject', label: 'Subject', kind: 'id' },
      { key: 'standing', label: 'Status', kind: 'text' },
    ],
    rows: rows.map((row) => ({
      id: row.id,
      age: Date.parse(now) - Date.parse(row.receivedAt),
      type: row.type,
      subject: row.subject,
      standing: standingOf(row, now),
    })),
  };
}

/** Where an event stands, in a few words. */
export function standingOf(row: EventRow, now: string): string {
  const { status, task, deadReason, attempts, conflicts, nextAttemptAt } = row;
  const isDue = nextAttemptAt !== null && nextAttemptAt <= now;
  const words = [
    deadReason === null ? status : `dead: ${deadReason}`,
    task,
    status === 'pending' && attempts > 0 && !isDue ? `attempt ${attempts + 1} to come` : null,
    conflicts > 0 ? `${conflicts} conflict${conflicts === 1 ? '' : 's'}` : null,
  ];
  return words.filter((each) => each !== null).join(', ');
}

function countLine(matched: number, shown: number): string {
  const events = (count: number) => `${count.toLocaleString('en-US')} event${count === 1 ? '' : 's'}`;
  if (shown === matched) return `${events(matched)}.`;
  return `The newest ${shown.toLocaleString('en-US')} of ${events(matched)}: --limit N shows more.`;
}
