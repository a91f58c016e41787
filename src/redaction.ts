import { PERSONAL_NAMES } from './personal-data.js';

/**
 * Removes personal data and secrets from free text. Used for everything that leaves the program by a side door:
 * log lines, error messages, recorded arguments. It errs on the side of removing.
 */

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Everything before the last @ of a URL, as a password may hold an @ or a / that should have been encoded
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s"'<>]*@/gi, '$1•••@'],
  // Addresses that let whoever knows them write to a channel, or report for a job
  [/(https?:\/\/(?:hooks\.slack(?:-gov)?\.com|hc-ping\.com)\/)[^\s"'<>]+/gi, '$1•••'],
  [/(https?:\/\/[^\s"'<>]+\/ping\/)[^\s"'<>]+/gi, '$1•••'],
  [/\b(authorization|cookie)(["']?\s*[:=]\s*).*/gi, '$1$2•••'],
  [/((?:password|passwd|pwd|secret|token|api[_-]?key)["']?\s*[:=]\s*)(?:"[^"]*"?|'[^']*'?|[^\s"',;&]+)/gi, '$1•••'],
  [/\bBearer\s+[A-Za-z0-9._~+/=-]+/gi, 'Bearer •••'],
  // Stripe's keys, webhook secrets and client secrets; Twilio's API keys and auth tokens
  [/\b(?:sk|rk|pk)_(?:live|test)_\w+/g, '•••'],
  [/\bwhsec_[A-Za-z0-9+/=]+/g, '•••'],
  [/_secret_[A-Za-z0-9]+/g, '_secret_•••'],
  [/\b(?:SK)?[0-9a-f]{32}\b/g, '•••'],
  [/[^\s"'<>()[\]{},;:=•]+@[^\s"'<>()[\]{},;:=]+\.[^\s"'<>()[\]{},;:=]+/g, '•••@•••'],
  // Any number with a country code, then North American ones, however they are grouped
  [/\+[1-9](?:[\s.()/‐-―-]{0,2}\d){7,14}/g, '+•••'],
  [/(?<![\w.-])(?:1[\s.‐-―-]?)?\(?\d{3}\)?[\s.‐-―-]{0,2}\d{3}[\s.‐-―-]?\d{4}(?![\w-]|\.\d)/g, '•••'],
];

/** The text with phone numbers, e-mail addresses, URL passwords and credentials replaced by •••. */
export function redact(text: string): string {
  return PATTERNS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

/** A connection URL that may be shown: user, host, port and database stay, the password and the query string's values go. */
export function maskUrl(url: string): string {
  if (!url.includes('://') || !URL.canParse(url)) return '(not a URL)';
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  for (const key of [...parsed.searchParams.keys()]) {
    if (/password|secret|token|key/i.test(key)) parsed.searchParams.set(key, '***');
  }
  return parsed.toString();
}

/** An address that is a secret itself: only where it leads stays. */
export function maskAddress(url: string): string {
  return URL.canParse(url) ? `${new URL(url).origin}/***` : '(not a URL)';
}

/** What other programs call it; the names of the platform's personal columns are those of personal-data.ts. */
const SENSITIVE_KEY =
  /^(?:passwd|secret|token|authorization|cookie|body|text|detail|phone|(?:\w+)?(?:phonenumber|email|password|secret|token)|customername)$/i;

function isSensitive(key: string): boolean {
  return SENSITIVE_KEY.test(key) || PERSONAL_NAMES.has(key.toLowerCase());
}

/** A copy of a log record: sensitive keys blanked at every depth, every string redacted. Depth is bounded. */
export function redactRecord(record: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key,
      isSensitive(key) && value !== null && value !== undefined ? '[redacted]' : redactValue(value, depth + 1),
    ]),
  );
}

/** A copy of a value with every string in it redacted. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth > 6) return '[…]';
  if (value instanceof Error) return { type: value.name, message: redact(value.message) };
  return Array.isArray(value) ? value.map((item) => redactValue(item, depth + 1)) : redactRecord(value, depth);
}
