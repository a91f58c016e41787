/**
 * Characters that act instead of showing: controls (escape sequences begin with one), marks that reorder or hide text,
 * halves of surrogate pairs. The joiners U+200C and U+200D stay: emoji and Persian need them.
 */
const ACTING =
  /[\p{Cc}\p{Cs}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{fffe}\u{ffff}]/gu;

const SHORT_ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line of text that does nothing to the program that shows it: acting characters become visible, such as `\x1b` or `\u202e`. */
export function printableLine(text: string): string {
  return text.replace(ACTING, escapeVisibly);
}

/** The same for text of several lines: line ends stay, as `\n`. */
export function printableText(text: string): string {
  return text.replaceAll('\r\n', '\n').split('\n').map(printableLine).join('\n');
}

function escapeVisibly(character: string): string {
  const code = character.charCodeAt(0);
  const hex = code.toString(16);
  return SHORT_ESCAPES[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
}
