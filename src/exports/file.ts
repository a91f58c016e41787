import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type ParquetType, parquetOf } from '../output/parquet.js';
import { csvFields } from '../output/records.js';
import { packageVersion } from '../package-root.js';
import type { ColumnType } from './column.js';
import type { Selection } from './statement.js';

export interface FileForm {
  gzip: boolean;
  /** A byte order mark, by which Excel knows UTF-8. Of csv only. */
  excel: boolean;
}

/** The header of a csv, which stands before the first slice. */
export function headerOf(
  { columns, style }: Pick<Selection, 'columns' | 'style'>,
  { excel }: Pick<FileForm, 'excel'>,
): Buffer {
  if (style.format !== 'csv') return Buffer.alloc(0);
  return Buffer.from(`${excel ? '\ufeff' : ''}${columns.map(({ key }) => key).join(',')}\r\n`);
}

/** The bytes of the file from its rows. */
export async function* fileOf(
  rows: AsyncIterable<Buffer>,
  selection: Selection,
  form: FileForm,
): AsyncGenerator<Buffer> {
  const body =
    selection.style.format === 'parquet'
      ? parquetOf(
          rows,
          selection.columns.map(({ key, type }) => ({ key, type: PARQUET_TYPES[type] })),
          `smsfood ${packageVersion()}`,
        )
      : behind(headerOf(selection, form), rows);
  if (!form.gzip) {
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

/** The cells of a record as texts, in the order of the columns. */
export function valuesOf(record: string, keys: readonly string[], format: Selection['style']['format']): string[] {
  if (format === 'csv') return csvFields(record);
  const values: Record<string, unknown> = JSON.parse(record);
  return keys.map((key) => (values[key] === null || values[key] === undefined ? '' : String(values[key])));
}
