import { printableLine } from '../printable.js';

/** Text that is markup already: made by `html`, or trusted to be. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | null | readonly Value[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup whose values are escaped, in text and in quoted attributes, unless they are markup themselves. null is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.map((part, place) => `${place === 0 ? '' : written(values[place - 1])}${part}`).join(''));
}

/** Times and days, which read badly when a line breaks within them. */
const MOMENTS = /\b(\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z)?)\b/;

/** A sentence in which what stands between backticks is to be typed. Times in it are set in words: `2026-03-10 15:00:00 UTC`. */
export function sentence(text: string): Markup {
  const parts = text.split('`');
  // An odd one out is a backtick that means nothing.
  if (parts.length % 2 === 0) return html`${text}`;
  return html`${parts.map((part, place) => (place % 2 === 0 ? withMoments(part) : html`<code>${part}</code>`))}`;
}

function withMoments(text: string): Markup {
  const parts = text.split(MOMENTS);
  return html`${parts.map((part, place) => (place % 2 === 0 ? part : html`<time datetime="${part}">${inWords(part)}</time>`))}`;
}

function inWords(moment: string): string {
  const [day = '', time] = moment.split('T');
  return time === undefined ? day : `${day} ${time.slice(0, 8)} UTC`;
}

function written(value: Value | undefined): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(written).join('');
  return printableLine(String(value)).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
