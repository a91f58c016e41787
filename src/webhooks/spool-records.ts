import { crc32 } from 'node:zlib';
import * as z from 'zod';
import { SOURCES } from './event.js';
import type { Arrival } from './inbox.js';

const bytes = z.string().transform((text) => Buffer.from(text, 'base64'));

const RecordSchema = z.strictObject({
  receivedAt: z.string(),
  source: z.enum(SOURCES),
  dedupeKey: z.string(),
  type: z.string(),
  subject: z.string().nullable(),
  occurredAt: z.string().nullable(),
  verifiedBy: z.string(),
  headers: z.record(z.string(), z.string()),
  contentHash: bytes,
  body: bytes,
});

/** One line: a checksum, and the event as JSON. */
export function writeRecord({ event, receivedAt }: Arrival): string {
  const json = JSON.stringify({
    ...event,
    receivedAt,
    contentHash: event.contentHash.toString('base64'),
    body: event.body.toString('base64'),
  });
  return `${checksum(json)} ${json}\n`;
}

export interface Records {
  arrivals: Arrival[];
  /** True where a line before the last one is not whole. A cut last line is what a crash leaves; it was never acknowledged. */
  isDamaged: boolean;
}

/** The records of a segment that are whole. */
export function readRecords(text: string): Records {
  const lines = text.split('\n');
  const records = lines.map(readRecord);
  const isLast = (index: number) => lines.slice(index + 1).every((line) => line === '');
  return {
    arrivals: records.filter((record) => record !== null),
    isDamaged: records.some((record, index) => record === null && lines[index] !== '' && !isLast(index)),
  };
}

function readRecord(line: string): Arrival | null {
  const json = line.slice(9);
  if (line.slice(0, 8) !== checksum(json)) return null;
  const parsed = RecordSchema.safeParse(JSON.parse(json));
  if (!parsed.success) return null;
  const { receivedAt, ...event } = parsed.data;
  return { event, receivedAt };
}

const checksum = (text: string) => crc32(text).toString(16).padStart(8, '0');
