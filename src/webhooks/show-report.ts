import { changeTable, maskChange } from '../changed-rows.js';
import { HIDDEN } from '../personal-data.js';
import type { Column, Report, Section } from '../report.js';
import { count } from '../words.js';
import { ageOf, EVENT_COLUMNS, standingOf } from './list-report.js';
import type { Effect, Predicted } from './predict.js';
import type { ShownEvent } from './show.js';

export interface ShowReportOptions {
  prediction: Predicted;
  reveal: boolean;
  sandbox: boolean;
}

/** One event; `document` is `smsfood.webhook-event/1`. */
export function eventReport(shown: ShownEvent, options: ShowReportOptions): Report {
  const { now, event, attempts, effects, reply, replays, payload } = shown;
  const { reveal, sandbox } = options;
  const prediction = reveal
    ? options.prediction
    : { ...options.prediction, changes: options.prediction.changes.map(maskChange) };
  return {
    name: 'webhooks show',
    document: {
      schema: 'smsfood.webhook-event/1',
      asOf: now,
      revealed: reveal,
      event,
      attempts,
      effects,
      reply,
      replays,
      replay: prediction,
      payload,
    },
    table: { columns: EVENT_COLUMNS, rows: [event] },
    sections: [
      { title: `Event ${event.id}: ${event.type}`, lines: facts(shown) },
      ...predictionSections(prediction),
      attemptSection(shown),
      ...effectSections(shown),
      ...(replays.length === 0 ? [] : [{ title: 'Replays', lines: replays.map(replayLine) }]),
      payloadSection(shown),
    ],
    sandbox,
  };
}

function facts({ now, event, reply }: ShownEvent): string[] {
  const { deliveries, conflicts, processedAt, receivedAt } = event;
  const times = deliveries === 1 ? 'once' : `${deliveries} times`;
  const differing =
    conflicts === 0 ? '' : `, ${conflicts} of them with another content, which was left aside: the first one counts`;
  const rows: [string, string | null][] = [
    ['status', standingOf(event, now)],
    ['outcome', event.outcome],
    ['error', event.status === 'processed' ? null : event.lastError],
    ['next try', event.nextAttemptAt === null ? null : event.nextAttemptAt <= now ? 'now' : event.nextAttemptAt],
    ['source', `${event.source}, ${event.dedupeKey}`],
    ['subject', event.subject],
    ['occurred', event.occurredAt],
    ['received', `${receivedAt}, ${ageOf(receivedAt, now)} ago`],
    ['ended', processedAt === null ? null : `${processedAt}, ${took(receivedAt, processedAt)} after its receipt`],
    ['delivered', `${times}${differing}`],
    ['vouched', `by ${event.verifiedBy}`],
    ['reply', reply === null ? null : replyText(reply)],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(10)} ${value}`]));
}

function took(from: string, to: string): string {
  const milliseconds = Date.parse(to) - Date.parse(from);
  return milliseconds < 2000 ? `${milliseconds} ms` : ageOf(from, to);
}

function replyText({ body, handedOutAt }: NonNullable<ShownEvent['reply']>): string {
  const when = handedOutAt === null ? 'never handed out' : `handed out ${handedOutAt}`;
  return `${when}: ${body === null ? HIDDEN : JSON.stringify(body)}`;
}

const WOULD: Readonly<Record<Effect, string>> = {
  change: 'It would change rows.',
  'no-op': 'It would change nothing.',
  error: 'It would fail again.',
  unknown: 'Nobody can say.',
};

function predictionSections({ effect, text, task, changes }: Predicted): Section[] {
  const lines = [`${WOULD[effect]} ${text}${task === null ? '' : ` Task: ${task}.`}`];
  const title = 'What a replay would do now';
  return changes.length === 0 ? [{ title, lines }] : [{ title, lines, table: changesByTable(changes) }];
}

const ATTEMPT_COLUMNS: Column[] = [
  { key: 'number', label: 'No.', kind: 'integer' },
  { key: 'startedAt', label: 'Started', kind: 'time' },
  { key: 'durationMs', label: 'Took', kind: 'milliseconds' },
  { key: 'result', label: 'Result', kind: 'id' },
  { key: 'by', label: 'By', kind: 'text' },
  { key: 'error', label: 'Why', kind: 'text' },
];

function attemptSection({ attempts }: ShownEvent): Section {
  if (attempts.length === 0) return { title: 'Attempts', lines: ['None yet.'] };
  const rows = attempts.map(({ run, command, error, ...attempt }, index) => ({
    ...attempt,
    error: error !== null && error === attempts[index - 1]?.error ? 'the same' : error,
    by: run === null ? null : `${command?.replace(/^webhooks /, '')} ${run.slice(0, 8)}`,
  }));
  return { title: 'Attempts', table: { columns: ATTEMPT_COLUMNS, rows } };
}

function effectSections({ effects }: ShownEvent): Section[] {
  if (effects.length === 0) return [{ title: 'Effects', lines: ['It changed no row of the platform.'] }];
  const undone = effects.filter(({ undoneBy }) => undoneBy !== null);
  const runs = [...new Set(undone.map(({ undoneBy }) => undoneBy?.slice(0, 8)))].join(', ');
  const were = undone.length === 1 ? 'was' : 'were';
  const lines = undone.length === 0 ? [] : [`${undone.length} of these changes ${were} undone since, by run ${runs}.`];
  return [{ title: 'Effects', lines, table: changesByTable(effects) }];
}

function changesByTable(changes: Parameters<typeof changeTable>[0]): Report['table'] {
  const { columns } = changeTable([]);
  return {
    columns: [{ key: 'table', label: 'Table', kind: 'text' }, ...columns],
    rows: changes.flatMap((change) => changeTable([change]).rows.map((row) => ({ ...row, table: change.table }))),
  };
}

function replayLine({ id, reason, result, at }: ShownEvent['replays'][number]): string {
  const how = result === null ? 'still to come' : `${result} ${at ?? ''}`.trim();
  return `${id.slice(0, 8)}   ${how}${reason === null ? '' : `, because: ${reason}`}`;
}

function payloadSection({ payload, event }: ShownEvent): Section {
  if (payload === null)
    return { title: 'Payload', lines: [`It was pruned. The event was received ${event.receivedAt}.`] };
  const { body, bytes, headers } = payload;
  const shownHeaders = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
  const text = typeof body === 'string' ? body : JSON.stringify(body, null, 2);
  const lines = body === null ? ['The bytes are neither JSON, a form nor text.'] : text.split('\n').map(cutLine);
  return { title: `Payload (${count(bytes, 'byte')})`, lines: [...shownHeaders, ...lines] };
}

/** Of a readable line; JSON has all of it. */
const LONGEST_LINE = 1_000;

function cutLine(line: string): string {
  const rest = line.length - LONGEST_LINE;
  return rest <= 0 ? line : `${line.slice(0, LONGEST_LINE)}… and ${count(rest, 'character')} more`;
}
