import type { TestDatabase } from '../harness/database.js';
import { type RunOptions, smsfood } from '../harness/run.js';

/** A page as a reader finds it: texts without their markup. */
export interface ReadPage {
  html: string;
  title: string;
  facts: Record<string, string>;
  warning: string | null;
  chapters: string[];
  /** The value of a figure, or `unknown`. Throws where the page has none of that id. */
  figure(id: string): string;
  /** What a chapter says in place of its numbers. */
  unknown(chapter: string): string | null;
  /** The rows of the table with a caption, with the labels of its columns. */
  table(caption: string): Record<string, string>[];
}

export async function report(database: TestDatabase, args: readonly string[] = [], options: RunOptions = {}) {
  const env = { DATABASE_URL: database.url, ...options.env };
  const { code, stdout, stderr } = await smsfood(['report', '--output', '-', ...args], { ...options, env });
  return { code, stderr, page: () => readPage(stdout) };
}

export function readPage(html: string): ReadPage {
  const first = (pattern: RegExp) => {
    const found = pattern.exec(html)?.[1];
    return found === undefined ? null : textOf(found);
  };
  const all = (pattern: RegExp) => [...html.matchAll(pattern)];
  return {
    html,
    title: first(/<h1>(.*?)<\/h1>/s) ?? '',
    facts: Object.fromEntries(
      all(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/gs).map(([, label = '', value = '']) => [textOf(label), textOf(value)]),
    ),
    warning: first(/<div class="warnings">(.*?)<\/div>/s),
    chapters: all(/<h2 id="[^"]*">(.*?)<\/h2>/g).map(([, title = '']) => textOf(title)),
    figure(id) {
      const value = first(new RegExp(`<div data-id="${id}"><dt>[^<]*</dt><dd class="value(?: none)?">(.*?)</dd>`));
      if (value === null) throw new Error(`the page has no figure ${id}`);
      return value;
    },
    unknown(chapter) {
      const [, content = ''] = new RegExp(`<h2 id="[^"]*">${chapter}</h2>(.*?)</section>`, 's').exec(html) ?? [];
      const [, words] = /<p class="unknown">(.*?)<\/p>/s.exec(content) ?? [];
      return words === undefined ? null : textOf(words);
    },
    table(caption) {
      const found = all(/<table[^>]*>\n<caption id="[^"]*">(.*?)<\/caption>(.*?)<\/table>/gs);
      const [, , content] = found.find(([, text = '']) => textOf(text) === caption) ?? [];
      if (content === undefined) throw new Error(`the page has no table "${caption}"`);
      const cells = (row: string) =>
        [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => textOf(cell));
      const [labels = [], ...rows] = [...content.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) => cells(row));
      return rows.map((row) => Object.fromEntries(labels.map((label, place) => [label, row[place] ?? ''])));
    },
  };
}

/** The instants that the chapters of a page say they are of: ISO 8601 in UTC, to the millisecond. */
export function instantsOf(html: string): string[] {
  return [...html.matchAll(/as of <time datetime="([^"]+)"/gi)].map(([, at = '']) => at);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

function textOf(markup: string): string {
  return markup.replace(/<[^>]*>/g, '').replace(/&(?:lt|gt|quot|amp|#39);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** `$1,234.50` from cents, as a page writes it. */
export function dollars(cents: number): string {
  return (cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}

export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}
