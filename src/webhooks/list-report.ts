import type { Column, Report } from '../report.js';
import { count, grouped } from '../words.js';
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

/** What a person scans, one line an event at 80 columns: how old, what, about what, where it stands. `show` has the rest. */
function shownTable(rows: readonly EventRow[], now: string): Report['table'] {
  return {
    columns: [
      { key: 'id', label: 'Id', kind: 'id' },
      { key: 'age', label: 'Age', kind: 'text' },
      { key: 'type', label: 'Type', kind: 'id' },
      { key: 'subject', label: 'Subject', kind: 'id' },
      { key: 'standing', label: 'Status', kind: 'text' },
    ],
    rows: rows.map((row) => ({
      id: row.id,
      age: ageOf(row.receivedAt, now),
      type: row.type,
      subject: row.subject === null ? null : shortened(row.subject),
      standing: standingOf(row, now),
    })),
  };
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** `40 s`, `17 min`, `5 h`, `2 d`: of the largest unit of which there are two, as a person says it. */
export function ageOf(time: string, now: string): string {
  const seconds = Math.max(0, Math.floor((Date.parse(now) - Date.parse(time)) / 1000));
  const [unit, size] = UNITS.find(([, each]) => seconds >= 2 * each) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** Ids are told apart by their ends. */
export function shortened(id: string): string {
  return id.length <= 18 ? id : `${id.slice(0, 10)}…${id.slice(-6)}`;
}

/** Where an event stands, in a few words. */
export function standingOf(row: EventRow, now: string): string {
  const { status, task, deadReason, attempts, conflicts, nextAttemptAt } = row;
  const isDue = nextAttemptAt !== null && nextAttemptAt <= now;
  const words = [
    deadReason === null ? status : `dead: ${deadReason}`,
    task,
    status === 'pending' && attempts > 0 && !isDue ? `attempt ${attempts + 1} to come` : null,
    conflicts > 0 ? count(conflicts, 'conflict') : null,
  ];
  return words.filter((each) => each !== null).join(', ');
}

function countLine(matched: number, shown: number): string {
  const events = count(matched, 'event');
  return shown === matched ? `${events}.` : `The newest ${grouped(shown)} of ${events}: --limit N shows more.`;
}
