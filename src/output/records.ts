/** What a piece of a COPY became in a file. */
export interface Piece {
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

/** Writes what becomes of a chunk to `bytes`, and where records end in it to `ends`. */
type Conversion = (
  chunk: Buffer,
  start: number,
  most: number,
  out: { bytes: Buffer; ends: number[] },
) => { size: number; next: number };

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** csv of the server ends its records with LF; RFC 4180 has CRLF. Line feeds inside of quotes are data. */
export function csvRecords(): RecordReader {
  let isQuoted = false;
  return recordReader((chunk, start, most, out) => {
    let size = 0;
    let place = start;
    for (; place < chunk.length && out.ends.length < most; place++) {
      const byte = chunk[place] ?? 0;
      if (byte === QUOTE) isQuoted = !isQuoted;
      else if (byte === LF && !isQuoted) {
        out.bytes[size++] = CR;
        out.ends.push(size + 1);
      }
      out.bytes[size++] = byte;
    }
    return { size, next: place };
  });
}

/** JSON lines come in COPY's text format, which doubles each backslash; JSON has no other character that it escapes. */
export function jsonRecords(): RecordReader {
  let isEscaped = false;
  return recordReader((chunk, start, most, out) => {
    let size = 0;
    let place = start;
    for (; place < chunk.length && out.ends.length < most; place++) {
      const byte = chunk[place] ?? 0;
      if (byte === BACKSLASH && !isEscaped) {
        isEscaped = true;
        continue;
      }
      isEscaped = false;
      out.bytes[size++] = byte;
      if (byte === LF) out.ends.push(size);
    }
    return { size, next: place };
  });
}

function recordReader(convert: Conversion): RecordReader {
  let first: string | null = null;
  let last: Buffer | null = null;
  let begun: Buffer = Buffer.alloc(0); // the record under way
  return {
    read(chunk, start, most) {
      // At worst, every byte is a line end that becomes two.
      const out = { bytes: Buffer.allocUnsafe((chunk.length - start) * 2), ends: [] as number[] };
      const { size, next } = convert(chunk, start, most, out);
      const bytes = out.bytes.subarray(0, size);
      const [firstEnd, lastEnd] = [out.ends[0], out.ends.at(-1)];
      if (firstEnd === undefined || lastEnd === undefined) {
        begun = Buffer.concat([begun, bytes]);
        return { bytes, records: 0, next };
      }
      const whole = Buffer.concat([begun, bytes.subarray(0, firstEnd)]);
      first ??= whole.toString();
      last = out.ends.length === 1 ? whole : Buffer.from(bytes.subarray(out.ends.at(-2), lastEnd));
      begun = Buffer.from(bytes.subarray(lastEnd));
      return { bytes, records: out.ends.length, next };
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
