import { bold, code, type SlackMessage, words } from '../notify/slack-message.js';
import { count, dollars } from '../words.js';
import type { Night } from './nightly.js';
import { isQuiet } from './nightly.js';
import { pastLines } from './past.js';
import { findingsOf, headlines, nextOf, since, warningsBesides } from './report.js';
import type { StepResult, Verdict } from './step.js';

export interface Place {
  /** `host:port/database`. */
  database: string;
  host: string;
  runId: string;
}

/** True where the channel has nothing to learn: nothing found, nothing new, nothing over. */
export function isNothingToTell(night: Night): boolean {
  const isNews = findingsOf(night).some(({ state }) => state?.is === 'new' || state?.is === 'resolved');
  return isQuiet(night) && !isNews;
}

/** A night for a channel of people: what is new, what is still open, what is over, how each step ended, what to do. */
export function slackMessage(night: Night, place: Place): SlackMessage {
  const findings = findingsOf(night);
  const of = (is: 'new' | 'open' | 'resolved') => findings.filter(({ state }) => state?.is === is);
  const open = of('open');
  const openFails = open.filter(isFail);
  const warnings = open.length - openFails.length;
  const unknown = findings.filter(({ state, status }) => state === null && status !== 'error');
  return {
    title: title(night),
    sections: [
      {
        lines: [
          ...headlines(night, place.database).map(words),
          ...(night.past === null ? [] : pastLines(night.past).map(words)),
        ],
      },
      { title: 'Steps', lines: night.steps.map(stepLine) },
      list('New', of('new')),
      list('Found', unknown),
      list(
        'Could not be judged',
        findings.filter(({ status }) => status === 'error'),
      ),
      {
        title: 'Still open',
        lines: [
          ...openFails.map((each) => findingLine({ ...each, remedy: null })),
          ...(warnings === 0 ? [] : [warningsBesides(warnings)]),
        ],
      },
      { title: 'Resolved', lines: of('resolved').map(({ id, title: what }) => `• ${bold(id)}: ${words(what)}`) },
      { title: 'What to do', lines: nextOf(night).map(code) },
      { lines: night.notes.map(words) },
      { lines: [words(`smsfood nightly on ${place.host}, run ${place.runId.slice(0, 8)}, ${night.startedAt}`)] },
    ].filter(({ lines }) => lines.length > 0),
  };
}

/** A night that could not begin. */
export function troubleMessage(
  message: string,
  hint: string | undefined,
  place: Omit<Place, 'database'>,
): SlackMessage {
  return {
    title: 'smsfood nightly could not begin',
    sections: [
      { lines: [words(message), ...(hint === undefined ? [] : [words(hint)])] },
      { lines: [words(`smsfood nightly on ${place.host}, run ${place.runId.slice(0, 8)}`)] },
    ],
  };
}

/** A night as a few lines, for whoever looks at a ping. */
export function summaryText(night: Night, database: string): string {
  const findings = findingsOf(night)
    .filter(({ status }) => status !== 'pass')
    .map(({ status, id, found, state }) => `${status} ${id}: ${found}${state === null ? '' : ` (${since(state)})`}`);
  return [
    ...headlines(night, database),
    ...night.steps.map(({ name, status, message }) => `${name}: ${status}. ${message}`),
    ...findings,
    ...(night.past === null ? [] : pastLines(night.past)),
    ...night.notes,
    ...nextOf(night).map((command) => `$ ${command}`),
  ].join('\n');
}

function title(night: Night): string {
  const findings = findingsOf(night);
  const counts = {
    new: findings.filter(({ state }) => state?.is === 'new').length,
    'still open': findings.filter((each) => each.state?.is === 'open' && isFail(each)).length,
    resolved: findings.filter(({ state }) => state?.is === 'resolved').length,
  };
  const errors = night.steps.filter(({ status }) => status === 'errors').length;
  const parts = [
    ...(errors === 0 ? [] : [`${count(errors, 'step')} failed`]),
    ...Object.entries(counts).flatMap(([what, number]) => (number === 0 ? [] : [`${number} ${what}`])),
  ];
  const rest = night.exitCode === 0 ? 'all is well' : 'something is left to do';
  return `smsfood nightly: ${parts.length === 0 ? rest : parts.join(', ')}`;
}

/** Warnings break nothing: once they are told as new, they are counted only. */
function isFail({ status }: Verdict): boolean {
  return status === 'fail';
}

const SIGNS: Readonly<Record<StepResult['status'], string>> = {
  done: ':white_check_mark:',
  findings: ':warning:',
  errors: ':x:',
  skipped: ':fast_forward:',
  interrupted: ':octagonal_sign:',
};

function stepLine({ name, status, message }: StepResult): string {
  return `${SIGNS[status]} ${bold(name)}: ${words(message)}`;
}

function list(heading: string, findings: readonly Verdict[]): { title: string; lines: string[] } {
  return { title: heading, lines: findings.map(findingLine) };
}

function findingLine({ id, level, status, found, cents, state, remedy }: Verdict): string {
  const money = cents === null || cents === 0 ? '' : `, ${dollars(cents)} at stake`;
  const open = state?.is === 'open' ? `, since ${since(state)}` : '';
  const warning = status === 'warn' && level === 'warn' ? ' (warning)' : '';
  return `• ${bold(id)}${warning}: ${words(`${found}${money}${open}`)}${remedy === null ? '' : `. ${words(remedy)}`}`;
}
