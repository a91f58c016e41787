import { SmsfoodError } from '../errors.js';

/** Whom to look for, as the statements take it. None of it may stand in a log, an error or the history. */
export interface Person {
  kind: 'phone' | 'email';
  /** Digits of the number, in each of the forms in which it may stand; empty for an address. */
  digits: string[];
  /** In lower case; null for a number. */
  email: string | null;
  /** A regular expression of PostgreSQL, in any case, that finds the number or address within a text. */
  pattern: string;
}

/** Reads a phone number or an e-mail address, however it is typed. Throws USAGE, without repeating what was given. */
export function readPerson(text: string): Person {
  const wanted = text.trim();
  if (wanted === '')
    throw new SmsfoodError(
      'USAGE',
      'The phone number or e-mail address is empty.',
      'Give one, or - and write it to standard input.',
    );
  return wanted.includes('@') ? readEmail(wanted) : readPhone(wanted);
}

function readEmail(wanted: string): Person {
  if (!/^[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+$/.test(wanted)) {
    throw new SmsfoodError(
      'USAGE',
      'What was given has an @ and is no e-mail address.',
      'An address has one @, something before it, and a domain with a dot behind it.',
    );
  }
  const email = wanted.toLowerCase();
  const [name = '', domain = ''] = email.split('@');
  // In the body of a form the @ is written %40.
  const within = `${escaped(name)}(@|%40)${escaped(domain)}`;
  return { kind: 'email', digits: [], email, pattern: `(^|[^a-z0-9._+-])${within}($|[^a-z0-9.-]|\\.($|[^a-z0-9]))` };
}

function readPhone(wanted: string): Person {
  const digits = wanted.replace(/\D/g, '');
  if (!/^\+?[\d\s()./-]+$/.test(wanted) || digits.length < 8 || digits.length > 15) {
    throw new SmsfoodError(
      'USAGE',
      'What was given is neither a phone number nor an e-mail address.',
      'A number has 8 to 15 digits, with spaces, dots, dashes and brackets as you like; the code of the country comes first, after a plus.',
    );
  }
  // North American numbers stand with and without their country code, as some were typed by hand.
  const isAmerican = wanted.startsWith('+') ? /^1\d{10}$/.test(digits) : /^1?[2-9]\d{9}$/.test(digits);
  const ten = digits.slice(-10);
  const within = [...(isAmerican ? ten : digits)].join('[^0-9]{0,3}');
  return {
    kind: 'phone',
    digits: isAmerican ? [ten, `1${ten}`] : [digits],
    email: null,
    pattern: `(^|[^0-9])${isAmerican ? '(1[^0-9]{0,3})?' : '(00)?'}${within}($|[^0-9])`,
  };
}

/** As a part of a regular expression that means itself. */
function escaped(text: string): string {
  return text.replace(/[^a-z0-9@]/g, (character) => `\\${character}`);
}
