import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type ParquetType, parquetOf } from '../output/parquet.js';
import { csvFields } from '../output/records.js';
import { packageVersion } from '../package-root.js';
import type { ColumnType } from './column.js';
import type { Selection } from './statement.js';

/** The header of a csv, which stands before the first slice. */
export function headerOf({ columns, style }: Pick<Selection, 'columns' | 'style'>): Buffer {
  if (style.format !== 'csv') return Buffer.alloc(0);
  return Buffer.from(`${style.excel ? '\ufeff' : ''}${columns.map(({ key }) => key).join(',')}\r\n`);
}

/** The bytes of the file from its rows. */
export async function* fileOf(rows: AsyncIterable<Buffer>, selection: Selection): AsyncGenerator<Buffer> {
  const { columns, style } = selection;
  const body =
    style.format === 'parquet'
      ? parquetOf(
          rows,
          columns.map(({ key, type }) => ({ key, type: PARQUET_TYPES[type] })),
          `smsfood ${packageVersion()}`,
        )
      : behind(headerOf(selection), rows);
  if (!style.gzip) {
    yield* body;
    return;
  }
  const gzip = createGzip(); // without a name and a time in its header, so that the same rows give the same bytes
  const piped = pipeline(copies(body), gzip);
  piped.catch(() => undefined); // the reader below gets it
  yield* gzip;
  await piped;
}

/** For a reader that holds chunks while it asks for the next ones. */
async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

async function* behind(header: Buffer, rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (header.length > 0) yield header;
  yield* rows;
}

const PARQUET_TYPES: Readonly<Record<ColumnType, ParquetType>> = {
  id: 'text',
  text: 'text',
  phone: 'text',
  status: 'text',
  json: 'text',
  integer: 'integer',
  cents: 'cents',
  time: 'time',
  day: 'day',
  boolean: 'boolean',
};

/** The cells of a record of csv or JSON lines as texts, in the order of the columns. */
export function valuesOf(record: string, { columns, style }: Pick<Selection, 'columns' | 'style'>): string[] {
  if (style.format === 'csv') return csvFields(record);
  const values: Record<string, unknown> = JSON.parse(record);
  return columns.map(({ key }) => String(values[key] ?? ''));
}
