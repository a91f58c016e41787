import CliTable from 'cli-table3';

/** cli-table3 with nothing drawn: no borders, no padding, no colours of its own. */
export const BARE = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '',
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
};

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ASCII = /^[\x20-\x7e]*$/;
const measured = new Map<string, number>();

/** Columns that the text takes on a terminal. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) width += graphemeWidth(segment);
  return width;
}

/**
 * It is cli-table3 that measures (an empty cell below the character is padded to its width), because a second opinion on
 * emoji would misalign the tables that it pads. Each character once: asked for every string, it made 1,000 rows take 1.7 s.
 */
function graphemeWidth(grapheme: string): number {
  if (ASCII.test(grapheme)) return grapheme.length;
  const known = measured.get(grapheme);
  if (known !== undefined) return known;
  const probe = new CliTable(BARE);
  probe.push([grapheme], ['']);
  const width = probe.toString().split('\n')[1]?.length ?? 0;
  measured.set(grapheme, width);
  return width;
}

export interface WrapOptions {
  width: number;
  /** What is over this many lines is cut, and ends in the ellipsis. */
  maxLines?: number;
  ellipsis: string;
  /** Names break after their punctuation, prose between words. */
  breaks: 'words' | 'punctuation';
}

/** Where a name may be broken: after its punctuation. */
const AFTER_PUNCTUATION = /(?<=[./_:-])/;

/** Text of one line in lines that are no wider than `width`; a word that is wider is broken, after punctuation where it has some. */
export function wrap(text: string, options: WrapOptions): string[] {
  const { width, maxLines = Number.POSITIVE_INFINITY, ellipsis, breaks } = options;
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const piece of text.split(breaks === 'words' ? /(?<=\s)(?=\S)/ : AFTER_PUNCTUATION)) {
    if (lines.length > maxLines) break;
    if (displayWidth((line + piece).trimEnd()) <= width) {
      line += piece;
      continue;
    }
    if (line !== '') lines.push(line.trimEnd());
    const broken = breaks === 'words' ? breakWord(piece, options) : breakHard(piece, width);
    line = broken.pop() ?? '';
    lines.push(...broken);
  }
  if (line !== '') lines.push(line.trimEnd());
  if (lines.length <= maxLines) return lines;
  const kept = lines.slice(0, maxLines);
  return [...kept.slice(0, -1), cut(`${kept.at(-1)}${ellipsis}`, width, ellipsis)];
}

/** The text, or as much of its beginning as fits with the ellipsis. */
function cut(text: string, width: number, ellipsis: string): string {
  if (displayWidth(text) <= width) return text;
  const [head = ''] = breakHard(text, width - ellipsis.length);
  return `${head.trimEnd()}${ellipsis}`;
}

/** The lines of a word that may be too wide for one; the last keeps the space behind it. */
function breakWord(word: string, { width, ellipsis }: WrapOptions): string[] {
  const bare = word.trimEnd();
  const lines = wrap(bare, { width, ellipsis, breaks: 'punctuation' });
  return [...lines.slice(0, -1), `${lines.at(-1) ?? ''}${word.slice(bare.length)}`];
}

/** The widest part of a name that is not broken while there is room. */
export function widestPart(name: string): number {
  return Math.max(...name.split(AFTER_PUNCTUATION).map(displayWidth));
}

/** Breaks between what a reader sees as one character, so that no emoji or accent is torn apart. */
function breakHard(text: string, width: number): string[] {
  if (displayWidth(text.trimEnd()) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    const wide = graphemeWidth(segment);
    if (used + wide > width && line !== '') {
      lines.push(line);
      line = '';
      used = 0;
    }
    line += segment;
    used += wide;
  }
  return [...lines, line];
}
