import { createReadStream } from 'node:fs';
import { describe } from '../../db/errors.js';
import { SmsfoodError } from '../../errors.js';
import { utf8Text } from '../body.js';
import { SOURCES, type VerifiedEvent } from '../event.js';
import { readEztexting } from '../sources/eztexting.js';
import { readStripe } from '../sources/stripe.js';
import { readTwilio } from '../sources/twilio.js';

/** Longer than any event: Stripe's are under 300 kB. */
const LONGEST_LINE = 1_000_000;
const MOST_LINES = 1_000_000;

export interface BadLine {
  /** From 1. */
  line: number;
  reason: string;
}

export interface EventsFile {
  /** In the order of their lines. */
  events: VerifiedEvent[];
  bad: BadLine[];
}

/**
 * Events of a file, one JSON document a line: Stripe's as its API and `stripe events` print them, those of others as
 * `{"source": "twilio", "type": "sms.status", "body": {…}}`. Throws EVENTS_FILE_INVALID where it cannot be read.
 */
export async function readEventsFile(path: string, name: string, signal: AbortSignal): Promise<EventsFile> {
  const file: EventsFile = { events: [], bad: [] };
  let number = 0;
  try {
    for await (const line of linesOf(path, signal)) {
      number += 1;
      if (number > MOST_LINES)
        throw new SmsfoodError('EVENTS_FILE_INVALID', `${name} has more than a million lines.`, 'Split it.');
      if (typeof line === 'string') file.bad.push({ line: number, reason: line });
      else if (line.length > 0) readLine(file, number, line);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SmsfoodError) throw error;
    throw new SmsfoodError(
      'EVENTS_FILE_INVALID',
      `${name} cannot be read: ${describe(error).replace(/, \w+(?: '[^']*')?$/, '')}.`,
      'Check the path given with --from-file.',
    );
  }
  return file;
}

/** The bytes of each line without its end, or why it cannot be taken. A line is never held longer than it may be. */
async function* linesOf(path: string, signal: AbortSignal): AsyncGenerator<Buffer | string> {
  let parts: Buffer[] = [];
  let length = 0;
  const line = (): Buffer | string => {
    const whole = length > LONGEST_LINE ? 'longer than a million bytes' : trimmed(Buffer.concat(parts));
    parts = [];
    length = 0;
    return whole;
  };
  const keep = (part: Buffer) => {
    length += part.length;
    if (length <= LONGEST_LINE) parts.push(part);
    else parts = [];
  };
  let isFirst = true;
  for await (const chunk of createReadStream(path, { signal })) {
    let rest: Buffer = isFirst ? withoutMark(chunk) : chunk;
    isFirst = false;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      keep(rest.subarray(0, end));
      yield line();
      rest = rest.subarray(end + 1);
    }
    keep(rest);
  }
  if (length > 0) yield line();
}

function withoutMark(chunk: Buffer): Buffer {
  return chunk.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? chunk.subarray(3) : chunk;
}

function trimmed(line: Buffer): Buffer {
  const isSpace = (byte: number | undefined) => byte === 13 || byte === 32 || byte === 9;
  let [start, end] = [0, line.length];
  while (start < end && isSpace(line[start])) start += 1;
  while (end > start && isSpace(line[end - 1])) end -= 1;
  return line.subarray(start, end);
}

function readLine(file: EventsFile, line: number, bytes: Buffer): void {
  const text = utf8Text(bytes);
  const read = text === null ? 'not UTF-8' : readText(text, bytes);
  if (typeof read === 'string') file.bad.push({ line, reason: read });
  else file.events.push(read);
}

/** The event, or what is wrong with it. */
function readText(text: string, bytes: Buffer): VerifiedEvent | string {
  try {
    const value: unknown = JSON.parse(text);
    return eventOf(value, bytes) ?? 'no event that smsfood knows how to read';
  } catch (error) {
    // The parser's own words are not repeated: they quote the line.
    if (error instanceof SyntaxError) return 'no JSON';
    if (error instanceof RangeError) return 'nested too deeply';
    throw error;
  }
}

function eventOf(value: unknown, bytes: Buffer): VerifiedEvent | null {
  const origin = { verifiedBy: 'file', body: bytes, headers: { 'content-type': 'application/json' } };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  if (!('source' in value)) return readStripe(value, origin);
  const source = SOURCES.find((each) => each === value.source);
  const body = 'body' in value ? value.body : undefined;
  const own = { ...origin, body: Buffer.from(JSON.stringify(body) ?? '') };
  if (source === 'stripe') return readStripe(body, own);
  const kind = 'type' in value && (value.type === 'sms.inbound' || value.type === 'sms.status') ? value.type : null;
  if (kind === null || typeof body !== 'object' || body === null) return null;
  if (source === 'twilio') return readTwilio(kind, body, own);
  return source === 'eztexting' ? readEztexting(kind, body, own) : null;
}
