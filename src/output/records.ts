/** What a piece of a COPY became in a file. */
export interface Piece {
  /** Valid until the next piece is read: all of them share one buffer, since a new one for each took 150 MB more. */
  bytes: Buffer;
  /** Records that ended in it. */
  records: number;
  /** Where in the chunk the next piece begins. */
  next: number;
}

/** Turns the records of a COPY into those of a format, chunk by chunk, and stops after `most` records. */
export interface RecordReader {
  read(chunk: Buffer, start: number, most: number): Piece;
  /** The whole text of the first and the last record so far, with its end of line. */
  first(): string | null;
  last(): string | null;
}

const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CRLF = Buffer.from('\r\n');

/** Where records end in a chunk (behind their line feed), at most so many of them. */
type FindEnds = (chunk: Buffer, start: number, most: number) => number[];

/**
 * csv of the server ends its records with LF; RFC 4180 has CRLF. Line feeds inside of quotes are data. By the places of
 * line feeds and quotes: byte by byte took ten times as long.
 */
export function csvRecords(): RecordReader {
  const room = reusedBuffer();
  let isQuoted = false;
  const findEnds: FindEnds = (chunk, start, most) => {
    const ends: number[] = [];
    let quote = indexOf(chunk, QUOTE, start);
    for (let place = start; ends.length < most; ) {
      const end = isQuoted ? Number.POSITIVE_INFINITY : indexOf(chunk, LF, place);
      if (quote < end) {
        isQuoted = !isQuoted;
        place = quote + 1;
        quote = indexOf(chunk, QUOTE, place);
      } else if (end < chunk.length) {
        place = end + 1;
        ends.push(place);
      } else break;
    }
    return ends;
  };
  const convert = (chunk: Buffer, start: number, next: number, ends: readonly number[]) => {
    const bytes = room(next - start + ends.length);
    let size = 0;
    let from = start;
    const places = ends.map((end) => {
      size += chunk.copy(bytes, size, from, end - 1);
      size += CRLF.copy(bytes, size);
      from = end;
      return size;
    });
    size += chunk.copy(bytes, size, from, next);
    return { bytes: bytes.subarray(0, size), ends: places };
  };
  return recordReader(findEnds, convert);
}

/** JSON lines come in COPY's text format, which doubles each backslash; JSON has no other character that it escapes. */
export function jsonRecords(): RecordReader {
  const room = reusedBuffer();
  let isEscaped = false;
  const findEnds: FindEnds = (chunk, start, most) => {
    const ends: number[] = [];
    for (
      let end = indexOf(chunk, LF, start);
      end < chunk.length && ends.length < most;
      end = indexOf(chunk, LF, end + 1)
    )
      ends.push(end + 1);
    return ends;
  };
  const convert = (chunk: Buffer, start: number, next: number, ends: readonly number[]) => {
    const bytes = room(next - start);
    const places: number[] = [];
    let size = 0;
    let from = start;
    while (from < next) {
      // The first of two backslashes is copied, the second one is not, be it in the next chunk.
      const backslash = Math.min(indexOf(chunk, BACKSLASH, from), next);
      const isSecond = isEscaped && backslash === from;
      const to = backslash < next && !isSecond ? backslash + 1 : backslash;
      for (let end = ends[places.length]; end !== undefined && end <= to; end = ends[places.length])
        places.push(size + end - from);
      size += chunk.copy(bytes, size, from, to);
      isEscaped = backslash < next && !isSecond;
      from = isSecond ? to + 1 : to;
    }
    return { bytes: bytes.subarray(0, size), ends: places };
  };
  return recordReader(findEnds, convert);
}

/** A buffer of at least so many bytes, the same one as long as it is large enough. */
function reusedBuffer(): (size: number) => Buffer {
  let buffer = Buffer.allocUnsafe(0);
  return (size) => {
    if (buffer.length < size) buffer = Buffer.allocUnsafe(size * 2);
    return buffer;
  };
}

/** The end of the chunk and beyond where the byte is not there. */
function indexOf(chunk: Buffer, byte: number, from: number): number {
  const place = chunk.indexOf(byte, from);
  return place < 0 ? Number.POSITIVE_INFINITY : place;
}

function recordReader(
  findEnds: FindEnds,
  convert: (chunk: Buffer, start: number, next: number, ends: readonly number[]) => { bytes: Buffer; ends: number[] },
): RecordReader {
  let first: string | null = null;
  let last: Buffer | null = null;
  let begun: Buffer = Buffer.alloc(0); // the record under way
  return {
    read(chunk, start, most) {
      const found = findEnds(chunk, start, most);
      const next = found.length === most ? (found.at(-1) ?? start) : chunk.length;
      const { bytes, ends } = convert(chunk, start, next, found);
      const [firstEnd, lastEnd] = [ends[0], ends.at(-1)];
      if (firstEnd === undefined || lastEnd === undefined) {
        begun = Buffer.concat([begun, bytes]);
        return { bytes, records: 0, next };
      }
      const whole = Buffer.concat([begun, bytes.subarray(0, firstEnd)]);
      first ??= whole.toString();
      last = ends.length === 1 ? whole : Buffer.from(bytes.subarray(ends.at(-2), lastEnd));
      begun = Buffer.from(bytes.subarray(lastEnd));
      return { bytes, records: ends.length, next };
    },
    first: () => first,
    last: () => last?.toString() ?? null,
  };
}

/** The fields of one record of csv, as texts; an empty field and an empty text are the same here. */
export function csvFields(record: string): string[] {
  const fields: string[] = [];
  const text = record.replace(/\r?\n$/, '');
  const field = /(?:"((?:[^"]+|"")*)"|([^,]*))(?:,|$)/gy;
  for (;;) {
    const match = field.exec(text);
    if (match === null) return fields;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (!match[0].endsWith(',')) return fields;
  }
}
