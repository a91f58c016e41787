import type { ColumnSource } from 'hyparquet-writer';

export type ParquetType = 'text' | 'integer' | 'cents' | 'time' | 'day' | 'boolean';

export interface ParquetColumn {
  key: string;
  type: ParquetType;
}

/** What is kept in memory before it is written; 5,000 rows of orders are about 8 MB as objects. */
const GROUP_ROWS = 5_000;

const SCHEMA = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'DOUBLE' },
  cents: { type: 'INT64' },
  time: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
  day: { type: 'INT32', converted_type: 'DATE' },
  boolean: { type: 'BOOLEAN' },
} as const;

type Value = string | number | boolean | null | undefined;

/** How a value of the JSON lines becomes one that the writer takes. */
const VALUES: Record<ParquetType, (value: NonNullable<Value>) => unknown> = {
  text: String,
  integer: Number,
  cents: BigInt,
  time: (value) => new Date(Number(value)),
  day: (value) => new Date(`${String(value)}T00:00:00Z`),
  boolean: (value) => value,
};

/** A parquet file of JSON lines: cents as int64, times as UTC timestamps in milliseconds, a row group at a time. */
export async function* parquetOf(
  lines: AsyncIterable<Buffer>,
  columns: readonly ParquetColumn[],
  createdBy: string,
): AsyncGenerator<Buffer> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.map(({ key, type }) => ({ name: key, repetition_type: 'OPTIONAL' as const, ...SCHEMA[type] })),
    ],
    createdBy,
  });
  const taken = () => {
    const bytes = Buffer.from(writer.getBytes());
    writer.index = 0; // its offset goes on counting
    return bytes;
  };
  let rows: Record<string, Value>[] = [];
  const group = async () => {
    const columnData = columns.map(({ key, type }): ColumnSource => {
      const convert = VALUES[type];
      return {
        name: key,
        data: rows.map(({ [key]: value }) => (value === null || value === undefined ? null : convert(value))),
      };
    });
    rows = [];
    await file.write({ columnData, rowGroupSize: GROUP_ROWS });
    return taken();
  };
  for await (const line of wholeLines(lines)) {
    rows.push(JSON.parse(line));
    if (rows.length === GROUP_ROWS) yield await group();
  }
  if (rows.length > 0) yield await group();
  file.finish();
  yield taken();
}

async function* wholeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(0x0a);
    if (end < 0) {
      rest = Buffer.concat([rest, chunk]);
      continue;
    }
    yield* Buffer.concat([rest, chunk.subarray(0, end)])
      .toString()
      .split('\n');
    rest = Buffer.from(chunk.subarray(end + 1));
  }
}
