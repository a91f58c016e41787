import { maskChange } from '../../changed-rows.js';
import type { Column, Report, Section } from '../../report.js';
import { count, grouped } from '../../words.js';
import { isFailure } from '../ending.js';
import { shortened } from '../list-report.js';
import { countBy, countsOf, describeRequest, type Replayed, type ReplayedEvent, replayExitCode } from './replayed.js';

export interface ReplayReportOptions {
  runId: string;
  force: boolean;
  reveal: boolean;
  sandbox: boolean;
}

/** `document` is `smsfood.webhook-replay/1`. */
export function replayReport(replayed: Replayed, { runId, force, reveal, sandbox }: ReplayReportOptions): Report {
  const { mode, request, replay, matched, selected, cut, skipped, conflicts, oldest, newest, status, left } = replayed;
  const bad = request.kind === 'file' ? request.bad : [];
  const isCut = cut > 0 || (request.kind === 'stripe' && request.isCut);
  const rows = replayed.events.map((event) => eventRow(event, reveal));
  return {
    name: 'webhooks replay',
    document: {
      schema: 'smsfood.webhook-replay/1',
      run: { id: runId },
      mode,
      replay,
      status,
      filter: describeRequest(request, { force }),
      matched,
      selected,
      cut: isCut,
      skipped: countBy(skipped.map(({ why }) => why)),
      conflicts,
      badLines: bad,
      oldest,
      newest,
      counts: mode === 'dry-run' ? countBy(rows.flatMap(({ effect }) => effect ?? [])) : countsOf(replayed),
      left,
      events: rows,
      unfinished: replayed.unfinished.map(({ id, open, selected: all }) => ({ id, open, selected: all })),
      exitCode: replayExitCode(replayed),
    },
    table: { columns: COLUMNS, rows: rows.map(({ changes, ...row }) => ({ ...row, changes: changes.length })) },
    sections: [
      { lines: [headline(replayed), ...remarks(replayed, isCut)] },
      ...eventSections(replayed),
      ...closing(replayed),
    ],
    sandbox,
  };
}

const COLUMNS: Column[] = [
  { key: 'id', label: 'Id', kind: 'id' },
  { key: 'source', label: 'Source', kind: 'id' },
  { key: 'type', label: 'Type', kind: 'id' },
  { key: 'dedupeKey', label: 'Key', kind: 'id' },
  { key: 'subject', label: 'Subject', kind: 'id' },
  { key: 'occurredAt', label: 'Occurred', kind: 'time' },
  { key: 'from', label: 'From', kind: 'id' },
  { key: 'effect', label: 'Effect', kind: 'id' },
  { key: 'result', label: 'Result', kind: 'id' },
  { key: 'changes', label: 'Changes', kind: 'integer' },
  { key: 'text', label: 'What', kind: 'text' },
];

function eventRow({ changes, ...event }: ReplayedEvent, reveal: boolean) {
  return { ...event, changes: reveal ? changes : changes.map(maskChange) };
}

function headline({ mode, replay, selected, oldest, newest, status }: Replayed): string {
  if (selected === 0) return 'Nothing is left to replay.';
  const span = oldest === null ? '' : oldest === newest ? `, of ${oldest}` : `, from ${oldest} to ${newest}`;
  if (mode === 'dry-run')
    return `${count(selected, 'event')} would be replayed${span}. Nothing was changed: add --apply.`;
  const how = status === 'stopped' ? 'stopped before its end' : 'is done';
  return `Replay ${replay} of ${count(selected, 'event')}${span} ${how}.`;
}

function remarks({ matched, selected, skipped, conflicts, request }: Replayed, isCut: boolean): string[] {
  const bad = request.kind === 'file' ? request.bad.length : 0;
  const whys = Object.entries(countBy(skipped.map(({ why }) => why)));
  return [
    ...whys.map(
      ([why, number]) =>
        `Left alone: ${count(number, 'event')}, ${why}.${why === 'processed already' ? ' --force replays them.' : ''}`,
    ),
    ...(isCut
      ? [
          request.kind === 'stripe'
            ? `Stripe has more: the limit left out the oldest. Narrow the window, or raise --limit.`
            : `The limit cuts the selection: ${count(matched, 'event')} matched, and the oldest ${grouped(selected)} are taken. Raise --limit, or replay again afterwards.`,
        ]
      : []),
    ...(conflicts > 0
      ? [`${count(conflicts, 'event')} came with another content than the first time, which is the one that counts.`]
      : []),
    ...(bad > 0 ? [`Lines that are no event, and were skipped: ${grouped(bad)}.`] : []),
  ];
}

const SHOWN = 20;

function eventSections(replayed: Replayed): Section[] {
  const { mode, events: all } = replayed;
  if (all.length === 0) return [];
  const key = mode === 'dry-run' ? 'effect' : 'result';
  const counts = countBy(all.map((event) => event[key] ?? '-'));
  const columns: Column[] = [
    { key: 'id', label: 'Id', kind: 'id' },
    { key: 'type', label: 'Type', kind: 'id' },
    { key, label: mode === 'dry-run' ? 'Effect' : 'Result', kind: 'id' },
    { key: 'text', label: 'What', kind: 'text' },
  ];
  // What needs a person comes first.
  const rank = ({ effect, result }: ReplayedEvent) =>
    effect === 'error' || isFailure(result) ? 0 : result === 'waiting' ? 1 : 2;
  const rows = all
    .map((event) => ({ ...event, changes: event.changes.length, rank: rank(event) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, SHOWN)
    .map(({ rank: _, ...row }) => ({ ...row, id: row.id ?? shortened(row.dedupeKey) }));
  return [
    { lines: [countLine(counts)] },
    { table: { columns, rows } },
    ...(all.length > SHOWN
      ? [{ lines: [`${count(all.length - SHOWN, 'event')} more: --format csv and --format json have all of them.`] }]
      : []),
  ];
}

const WOULD: Readonly<Record<string, string>> = {
  change: 'would change rows',
  'no-op': 'would change nothing',
  error: 'would fail',
  unknown: 'could not be tried',
};

function countLine(counts: Record<string, number>): string {
  const parts = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${parts.map(([name, number]) => `${grouped(number)} ${WOULD[name] ?? name}`).join(', ')}.`;
}

function closing({ replay, left, unfinished: earlier }: Replayed): Section[] {
  const lines = [
    ...(left > 0 && replay !== null
      ? [
          `Not tried: ${count(left, 'event')}. Go on with \`smsfood webhooks replay --resume ${replay.slice(0, 8)} --apply\`.`,
        ]
      : []),
    ...earlier.map(
      ({ id, open }) =>
        `An earlier replay has not come to its end, with ${count(open, 'event')} left: --resume ${id.slice(0, 8)} goes on with it.`,
    ),
  ];
  return lines.length === 0 ? [] : [{ lines }];
}
