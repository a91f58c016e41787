import type { Column, Report, Section } from '../report.js';
import { count, tenths } from '../words.js';
import { ageOf } from './list-report.js';
import { LEAST_WEEKS } from './silence.js';
import type { Backlog, DeadLetters, Stats, Traffic } from './stats.js';

/** `document` is `smsfood.webhook-stats/1`. */
export function statsReport(stats: Stats, sandbox: boolean): Report {
  const { now, since, traffic, total, backlog, dead, silences } = stats;
  const { source: _, ...all } = total;
  return {
    name: 'webhooks stats',
    document: {
      schema: 'smsfood.webhook-stats/1',
      asOf: now,
      since,
      total: all,
      sources: traffic,
      backlog,
      dead,
      silences,
    },
    table: { columns: [...TRAFFIC_COLUMNS, ...ENDED_COLUMNS.slice(1)], rows: traffic.map((row) => ({ ...row })) },
    sections: [
      ...trafficSections(stats),
      { title: 'Now', lines: backlogLines(backlog, now) },
      ...deadSection(dead, now),
      silenceSection(stats),
    ],
    sandbox,
  };
}

const TRAFFIC_COLUMNS: Column[] = [
  { key: 'source', label: 'Source', kind: 'id' },
  { key: 'received', label: 'Received', kind: 'integer' },
  { key: 'perMinute', label: 'A minute', kind: 'number' },
  { key: 'peakPerMinute', label: 'Peak', kind: 'integer' },
  { key: 'duplicates', label: 'Repeated', kind: 'integer' },
  { key: 'conflicts', label: 'Conflicts', kind: 'integer' },
  { key: 'retried', label: 'Retried', kind: 'integer' },
  { key: 'dead', label: 'Dead', kind: 'integer' },
];
const ENDED_COLUMNS: Column[] = [
  { key: 'source', label: 'Source', kind: 'id' },
  { key: 'processed', label: 'Processed', kind: 'integer' },
  { key: 'ignored', label: 'Ignored', kind: 'integer' },
  { key: 'pending', label: 'Pending', kind: 'integer' },
  { key: 'waiting', label: 'Waiting', kind: 'integer' },
  { key: 'p50Ms', label: 'p50', kind: 'milliseconds' },
  { key: 'p95Ms', label: 'p95', kind: 'milliseconds' },
  { key: 'p99Ms', label: 'p99', kind: 'milliseconds' },
];

function trafficSections({ since, now, traffic, total }: Stats): Section[] {
  const span = `since ${since}, ${ageOf(since, now)}`;
  if (traffic.length === 0) return [{ title: `Received ${span}`, lines: ['Nothing.'] }];
  const rows = (traffic.length === 1 ? traffic : [...traffic, { ...total, source: 'all' }]).map((row: Traffic) => ({
    ...row,
  }));
  return [
    { title: `Received ${span}`, table: { columns: TRAFFIC_COLUMNS, rows } },
    { title: 'What became of them, and how long after their receipt', table: { columns: ENDED_COLUMNS, rows } },
  ];
}

function backlogLines(backlog: Backlog, now: string): string[] {
  const { pending, waiting, processing, abandoned, oldest, needsRefund, repliesNotHandedOut } = backlog;
  const next =
    oldest === null
      ? 'None is due.'
      : `The oldest that is due is event ${oldest.id}: received ${ageOf(oldest.receivedAt, now)} ago, due for ${duration(oldest.overdueMs)}.`;
  return [
    `${count(pending, 'event')} pending, ${count(processing, 'event')} being processed, ${count(waiting, 'event')} waiting. ${next}`,
    ...(abandoned === 0
      ? []
      : [
          `${count(abandoned, 'event')} of a worker that is gone: another one takes them over. Does \`smsfood webhooks work\` run?`,
        ]),
    ...(needsRefund === 0
      ? []
      : [`${count(needsRefund, 'payment')} to refund: \`smsfood webhooks list --needs-refund\`.`]),
    ...(repliesNotHandedOut === 0
      ? []
      : [
          `${count(repliesNotHandedOut, 'SMS reply', 'SMS replies')} nobody was given: too late for Twilio, or for EZTexting, which takes none.`,
        ]),
  ];
}

function deadSection(dead: readonly DeadLetters[], now: string): Section[] {
  if (dead.length === 0) return [{ title: 'Dead letters', lines: ['None.'] }];
  const rows = dead.map((each) => ({ ...each, oldest: ageOf(each.oldest, now), newest: ageOf(each.newest, now) }));
  return [
    {
      title: 'Dead letters',
      table: {
        columns: [
          { key: 'count', label: 'Events', kind: 'integer' },
          { key: 'reason', label: 'Reason', kind: 'id' },
          { key: 'source', label: 'Source', kind: 'id' },
          { key: 'type', label: 'Type', kind: 'id' },
          { key: 'oldest', label: 'Oldest', kind: 'text' },
          { key: 'newest', label: 'Newest', kind: 'text' },
        ],
        rows,
      },
    },
    {
      lines: [
        'Look at one with `smsfood webhooks show ID`; `smsfood webhooks replay --status dead` shows what a replay would do.',
      ],
    },
  ];
}

function silenceSection({ silences, now }: Stats): Section {
  if (silences.length === 0) return { title: 'Silence', lines: ['Nothing was received in the last 35 days.'] };
  const lines = silences.map(({ source, lastReceivedAt, usual, weeks, verdict }) => {
    const since = `${source}: the last event came ${ageOf(lastReceivedAt, now)} ago`;
    if (weeks < LEAST_WEEKS)
      return `${since}. Whether that is long is not known yet: the inbox remembers ${weeks} of 4 weeks.`;
    const words = verdict === 'silent' ? 'SILENT. ' : '';
    return `${since}. ${words}In the same hours of the weeks before, ${tenths(usual)} came (median).`;
  });
  return { title: 'Silence', lines };
}

function duration(milliseconds: number): string {
  return ageOf(new Date(0).toISOString(), new Date(milliseconds).toISOString());
}
