import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { redact } from '../redaction.js';
import { grouped } from '../words.js';

/** A message as it is meant. Lines are mrkdwn, put together with the functions below, which escape. */
export interface SlackMessage {
  /** Plain text: the heading, and what a notification shows. */
  title: string;
  sections: { title?: string; lines: string[] }[];
}

/** Slack's limits for a header and a section's text. */
const HEADER = 150;
const SECTION = 3000;
/** Undocumented, of all blocks together: beyond about 13,000 Slack answers msg_blocks_too_long (bolt-js issue 2509). */
const MESSAGE = 10_000;
const BLOCKS = 50;
/** A line says what and how much; whatever is longer is somebody's essay. */
const WORDS = 300;

/** Text of any origin as mrkdwn that shows it: without personal data and secrets, cut, and with Slack's three characters escaped. */
export function words(text: string): string {
  const clean = redact(text).replace(/\s+/g, ' ').trim();
  const cut = clean.length > WORDS ? `${clean.slice(0, WORDS - 1)}…` : clean;
  return cut.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function bold(text: string): string {
  return `*${words(text).replaceAll('*', '∗')}*`;
}

export function code(text: string): string {
  return `\`${words(text).replaceAll('`', "'")}\``;
}

/** The message within Slack's limits: lines that do not fit are counted. */
export function toPayload({ title, sections }: SlackMessage): IncomingWebhookSendArguments {
  const heading = redact(title);
  let left = MESSAGE;
  const texts: string[] = [];
  for (const section of sections.slice(0, BLOCKS - 1)) {
    const text = shorten(section, Math.min(SECTION, left));
    if (text === '') continue;
    texts.push(text);
    left -= text.length;
  }
  return {
    text: words(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: clip(heading, HEADER), emoji: false } },
      ...texts.map((text) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } })),
    ],
  };
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function shorten({ title, lines }: SlackMessage['sections'][number], limit: number): string {
  const shown = title === undefined ? [] : [bold(title)];
  const room = limit - '\n… and 1,000 more'.length;
  let length = shown.join('').length;
  let count = 0;
  for (const line of lines) {
    if (length + 1 + line.length > room) break;
    shown.push(line);
    length += 1 + line.length;
    count++;
  }
  const rest = lines.length - count;
  if (count === 0 && length > room) return '';
  return rest === 0 ? shown.join('\n') : [...shown, `… and ${grouped(rest)} more`].join('\n');
}
