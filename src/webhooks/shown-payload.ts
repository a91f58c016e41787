import { HIDDEN, mask } from '../personal-data.js';
import { redact } from '../redaction.js';
import { utf8Text } from './body.js';
import { readForm } from './sources/twilio.js';

/** A payload as a program reads it: JSON, the fields of a form, or text; null where the bytes are none of these. */
export function readPayload(body: Buffer): unknown {
  const text = utf8Text(body);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return (/^[^\s{["=&]+=/.test(text) ? readForm(body) : null) ?? text;
  }
}

const DEEPEST = 40;

/** Below these keys of Stripe's objects everything is about a person. */
const ABOUT_A_PERSON =
  /^(?:address|owner|individual|company|person|representative|shipping|(?:customer|billing|shipping|payer|payment_method|receipt|evidence)_(?:details|information|address)|customer_(?:shipping|tax_ids))$/i;

/** Keys whose values are, or may be, written by or about a person, whatever their form. */
const PERSONAL =
  /^(?:from|to|body|message|text|description|statement_descriptor.*|waid|ip|.*(?:name|mail|phone(?:_?number)?|msisdn|city|state|zip|country|postal_code|line[12]|notes?|comment|_ip|secret|fingerprint|last4|url|signature))$/i;

/** Values that say themselves what they are: ids as Stripe, Twilio and the platform make them, and times. */
const HARMLESS =
  /^(?:[a-z]{2,8}_(?!.*_secret_)(?=.*[A-Z0-9])[A-Za-z0-9_]{8,}|[A-Z]{2}[0-9a-f]{32}|c[a-z0-9]{24}|\d{4}-\d\d-\d\d(?:[T.][\w:.+-]*)?)$/;
const LONGEST_WORD = 64;

/** Keys of enumerations and versions, whose values are single words, and of small numbers in text. */
const ENUMERATION =
  /(?:status|type|object|currency|mode|reason|code|plan|tier|interval|brand|method|network|level|version|direction|kind|event|media|segments)s?$/i;
const WORD = /^(?:[A-Za-z][A-Za-z0-9]*(?:[_.-][A-Za-z0-9]+)*|\d{1,6})$/;

/** Keys of identifiers, whose values may look like a phone number and be none. */
const IDENTIFIER = /(?:^id|_id|[a-z]Id|MessageID|Sid)$/;

/** Keys under `metadata` that the platform sets itself; whatever else stands there may be anything. */
const OWN_METADATA = /^(?:[a-z]+Id|plan|tier|type|kind)$/;

/**
 * The payload without what may be personal: numbers, truth values, identifiers, times and the words of enumerations stay,
 * all else is masked. It errs on the side of hiding, as nobody knows what a provider will send next year.
 */
export function maskPayload(payload: unknown): unknown {
  return typeof payload === 'string' ? HIDDEN : masked(payload, { key: '', isPersonal: false, isMetadata: false }, 0);
}

interface Place {
  key: string;
  isPersonal: boolean;
  isMetadata: boolean;
}

function masked(value: unknown, place: Place, depth: number): unknown {
  if (depth > DEEPEST) return '[…]';
  if (typeof value === 'string') return maskedText(value, place);
  if (typeof value === 'number') return isHiddenNumber(value, place) ? HIDDEN : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => masked(each, place, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const isPersonal = place.isPersonal || ABOUT_A_PERSON.test(key);
      return [redact(key), masked(each, { key, isPersonal, isMetadata: place.key === 'metadata' }, depth + 1)];
    }),
  );
}

function maskedText(text: string, { key, isPersonal, isMetadata }: Place): string {
  if (text === '') return '';
  if (/^\+?(?!\d{4}-\d\d-\d\d$)\d[\d\s().-]{6,}$/.test(text) && !IDENTIFIER.test(key))
    return mask(text, 'phone') ?? HIDDEN;
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return mask(text, 'email') ?? HIDDEN;
  if (isPersonal || (isMetadata && !OWN_METADATA.test(key))) return HIDDEN;
  if (IDENTIFIER.test(key) && /^[\w:-]{1,64}$/.test(text)) return text;
  if (PERSONAL.test(key)) return HIDDEN;
  const isPlain = HARMLESS.test(text) || (ENUMERATION.test(key) && WORD.test(text));
  return text.length <= LONGEST_WORD && isPlain ? text : HIDDEN;
}

/** A phone number without its +: eleven or twelve digits, which no amount and no time in seconds has. */
function isHiddenNumber(value: number, { key, isPersonal, isMetadata }: Place): boolean {
  if (IDENTIFIER.test(key)) return false;
  const isLong = Number.isInteger(value) && value >= 1e10 && value < 1e12;
  return isLong || isPersonal || (isMetadata && !OWN_METADATA.test(key)) || PERSONAL.test(key);
}
