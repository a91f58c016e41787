import { PermanentError, type StoredEvent } from './event.js';

/** What an event says: Twilio sends forms, the others JSON. Throws a PermanentError where it is neither. */
export function readBody({ source, body }: Pick<StoredEvent, 'source' | 'body'>): unknown {
  const text = body.toString('utf8');
  if (source === 'twilio' && !text.trimStart().startsWith('{')) return Object.fromEntries(new URLSearchParams(text));
  try {
    const content: unknown = JSON.parse(text);
    return content;
  } catch {
    throw new PermanentError('invalid', 'The payload is no valid JSON.');
  }
}
