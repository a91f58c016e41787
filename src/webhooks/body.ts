import { PermanentError, type StoredEvent } from './event.js';
import { parseJson } from './sources/source.js';
import { readForm } from './sources/twilio.js';

/** What an event says: Twilio sends forms, the others JSON. Throws a PermanentError where it is neither. */
export function readBody({ source, body }: Pick<StoredEvent, 'source' | 'body'>): unknown {
  const content = parseJson(body.toString('utf8')) ?? (source === 'twilio' ? readForm(body) : null);
  if (content === null) throw new PermanentError('invalid', 'The payload cannot be read.');
  return content;
}

/** The text that bytes are; null where they are no UTF-8. */
export function utf8Text(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
