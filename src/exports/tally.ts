import { createHash, type Hash } from 'node:crypto';
import { SmsfoodError } from '../errors.js';
import { csvRecords, jsonRecords, type RecordReader } from '../output/records.js';
import type { FileStyle } from './style.js';
import type { Slice } from './survey.js';

/** A slice as it is in the file: its rows are one behind the other, so that its digest is one of bytes. */
export interface WrittenSlice extends Slice {
  bytes: number;
  sha256: string;
}

/** The records of a COPY on their way to a file. */
export interface Tally {
  /** Each chunk is valid until the next one is asked for. */
  records(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer>;
  /** Complete once all records have passed. */
  slices: WrittenSlice[];
  reader: RecordReader;
}

/**
 * Counts and digests the records by slice while they pass. The slices say how many rows to expect: they come from the
 * same snapshot, so that anything else means that the file cannot be vouched for, and throws DB_QUERY_FAILED.
 */
export function createTally(format: FileStyle['format'], expected: readonly Slice[]): Tally {
  const reader = format === 'csv' ? csvRecords() : jsonRecords();
  const slices: WrittenSlice[] = [];
  let left = 0;
  let bytes = 0;
  let hash: Hash = createHash('sha256');
  const closeSlice = () => {
    const slice = expected[slices.length];
    if (slice === undefined) throw miscounted('more rows were sent than counted');
    slices.push({ ...slice, bytes, sha256: hash.digest('hex') });
    hash = createHash('sha256');
    bytes = 0;
    left = expected[slices.length]?.rows ?? 0;
  };
  return {
    slices,
    reader,
    async *records(chunks) {
      left = expected[0]?.rows ?? 0;
      for await (const chunk of chunks) {
        for (let next = 0; next < chunk.length; ) {
          if (left === 0) throw miscounted('more rows were sent than counted');
          const piece = reader.read(chunk, next, left);
          next = piece.next;
          left -= piece.records;
          bytes += piece.bytes.length;
          hash.update(piece.bytes);
          yield piece.bytes;
          if (left === 0) closeSlice();
        }
      }
      if (slices.length < expected.length) throw miscounted('fewer rows were sent than counted');
    },
  };
}

function miscounted(what: string): SmsfoodError {
  return new SmsfoodError(
    'DB_QUERY_FAILED',
    `The export was given up: ${what}.`,
    'Run it again; where it stays so, set DIRECT_URL to a session connection.',
  );
}
