/** What a customer's text asks for. */
export type TextCommand =
  | { kind: 'stop' | 'start' | 'help' | 'menu' | 'other' }
  /** Numbers of the menu, as often as they are wanted. */
  | { kind: 'order'; numbers: number[] }
  /** It looks like an order, and is none that can be read. */
  | { kind: 'unclear' };

/** Those that carriers know: who sends one of them must not be sent anything more. */
const STOP = ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT'];
const START = ['START', 'UNSTOP'];
const HELP = ['HELP', 'INFO'];

/** Portions of one order. More is a mistake, or a matter for a call. */
const MOST = 50;

/** Reads a text as customers write it: in any case, with a full stop or none. */
export function readCommand(text: string): TextCommand {
  const word = text
    .trim()
    .replace(/[.!"'\s]+$/, '')
    .toUpperCase();
  if (STOP.includes(word)) return { kind: 'stop' };
  if (START.includes(word)) return { kind: 'start' };
  if (HELP.includes(word)) return { kind: 'help' };
  if (word === 'MENU') return { kind: 'menu' };
  if (/^\d{1,3}(?:(?:\s*,\s*|\s+)\d{1,3})*$/.test(word)) {
    const numbers = word.split(/[\s,]+/).map(Number);
    return numbers.length <= MOST ? { kind: 'order', numbers } : { kind: 'unclear' };
  }
  return /^[\d\s,;x*&+#.]{1,40}$/i.test(word) && /^#?\d{1,3}(?!\d)/.test(word)
    ? { kind: 'unclear' }
    : { kind: 'other' };
}
