import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { readBusinessClock } from '../db/business-clock.js';
import { statementError } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session } from '../db/session.js';
import { openSnapshot } from '../db/snapshot.js';
import { placeOf } from '../db/url.js';
import { type ParquetType, parquetOf } from '../output/parquet.js';
import { csvFields } from '../output/records.js';
import { packageVersion } from '../package-root.js';
import { type ColumnType, isGuarded } from './column.js';
import type { Manifest } from './manifest.js';
import type { Access } from './prepare.js';
import { copyInOrder } from './rows.js';
import { moneyColumns, rowsSql, type Selection } from './statement.js';
import { addUp, decimal, readSlices, type Slice, splitPeriod } from './survey.js';
import { createTally, type Tally, type WrittenSlice } from './tally.js';

export interface FileForm {
  gzip: boolean;
  /** A byte order mark, by which Excel knows UTF-8. Of csv only. */
  excel: boolean;
}

export interface ExportOptions extends Access, FileForm {
  sandbox: boolean;
  /** Where the rows of the second session wait. */
  folder: string;
  /** Takes the bytes of the file, at its own speed; a chunk is valid until the next one is asked for. */
  sink: (bytes: AsyncIterable<Buffer>) => Promise<void>;
  /** Name of the file in the manifest. */
  file: string;
  onProgress: (rows: number, of: number) => void;
}

/** Sessions that copy side by side: the server formats the rows, which keeps a core busy for each. */
const SESSIONS = 2;

/**
 * Streams the rows of a selection to the sink, all from one snapshot, in the same memory however many there are. Returns
 * what the manifest says of them. Throws what the sink throws, and trouble of the database in words.
 */
export async function exportRows(pool: Pool, selection: Selection, options: ExportOptions): Promise<Manifest> {
  const { limits, signal } = options;
  try {
    const snapshot = await openSnapshot(pool, SESSIONS, { limits, signal });
    try {
      const [first] = snapshot.sessions;
      if (first === undefined) throw new Error('a snapshot has no session');
      const { now } = await readBusinessClock(first, selection.period.timezone);
      const slices = await readSlices(first, selection);
      const ranges = splitPeriod(slices, selection.period, snapshot.sessions.length);
      for (const session of snapshot.sessions) await tune(session, selection, slices);
      const tally = createTally(selection.style.format, slices);
      const rows = counted(
        tally.records(copyInOrder(snapshot.sessions, selection, ranges, options.folder)),
        tally,
        slices,
        options,
      );
      const sum = { bytes: 0, sha256: createHash('sha256') };
      await options.sink(summed(fileOf(rows, selection, options), sum));
      return manifestOf(selection, options, {
        tally,
        at: now,
        sessions: ranges.length,
        notes: snapshot.reason === null ? [] : [`One session did all the work: ${snapshot.reason}.`],
        bytes: sum.bytes,
        sha256: sum.sha256.digest('hex'),
        database: placeOf(pool.url),
      });
    } finally {
      await snapshot.end();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw statementError(error, `export ${selection.dataset.name}`);
  }
}

/** The slices as they are now, as if they were exported again, with nothing kept of the rows. */
export async function digestRows(
  pool: Pool,
  selection: Selection,
  access: Access & { folder: string },
): Promise<WrittenSlice[]> {
  const { limits, signal } = access;
  return inSession(pool, { mode: 'read', limits, signal }, async (session) => {
    const slices = await readSlices(session, selection);
    await tune(session, selection, slices);
    const tally = createTally(selection.style.format, slices);
    for await (const _bytes of tally.records(copyInOrder([session], selection, [selection.period], access.folder)));
    return tally.slices;
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw statementError(error, `read ${selection.dataset.name} again`);
  });
}

/** Above it, the planner's estimate of one index probe a row is what it costs: a hash of the customers is quicker. */
const MANY_ROWS = 20_000;

/** The sessions are the parallelism of a copy; workers of the server on top of that would only take turns with them. */
async function tune(session: Session, { dataset }: Selection, slices: readonly Slice[]): Promise<void> {
  if (dataset.slice === 'month' || addUp(slices, []).rows < MANY_ROWS) return;
  await session.query(
    `SELECT set_config('enable_nestloop', 'off', true), set_config('enable_memoize', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true)`,
  );
}

async function* counted(
  rows: AsyncIterable<Buffer>,
  { slices: written }: Tally,
  slices: readonly Slice[],
  { onProgress }: ExportOptions,
): AsyncGenerator<Buffer> {
  const { rows: total } = addUp(slices, []);
  onProgress(0, total);
  let seen = 0;
  for await (const bytes of rows) {
    if (written.length > seen) {
      seen = written.length;
      onProgress(addUp(written, []).rows, total);
    }
    yield bytes;
  }
}

async function* summed(
  bytes: AsyncIterable<Buffer>,
  sum: { bytes: number; sha256: ReturnType<typeof createHash> },
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    sum.bytes += chunk.length;
    sum.sha256.update(chunk);
    yield chunk;
  }
}

/** The header of a csv, which stands before the first slice. */
export function headerOf(
  { columns, style }: Pick<Selection, 'columns' | 'style'>,
  { excel }: Pick<FileForm, 'excel'>,
): Buffer {
  if (style.format !== 'csv') return Buffer.alloc(0);
  return Buffer.from(`${excel ? '\ufeff' : ''}${columns.map(({ key }) => key).join(',')}\r\n`);
}

async function* fileOf(rows: AsyncIterable<Buffer>, selection: Selection, form: FileForm): AsyncGenerator<Buffer> {
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

interface Facts {
  tally: Tally;
  at: string;
  sessions: number;
  notes: string[];
  bytes: number;
  sha256: string;
  database: string;
}

function manifestOf(selection: Selection, options: ExportOptions, facts: Facts): Manifest {
  const { dataset, columns, style, period } = selection;
  const money = moneyColumns(selection).map(({ key }) => key);
  const { rows, sums } = addUp(facts.tally.slices, money);
  const notes = [...facts.notes];
  if (!period.isOver) notes.push('The period is not over: rows may still come.');
  return {
    schema: 'smsfood.export/1',
    dataset: dataset.name,
    file: options.file,
    format: style.format,
    gzip: options.gzip,
    excel: options.excel,
    raw: style.raw,
    redacted: style.redact,
    rows,
    bytes: facts.bytes,
    sha256: facts.sha256,
    sums: decimals(sums),
    firstId: idOf(facts.tally.reader.first(), selection),
    lastId: idOf(facts.tally.reader.last(), selection),
    period: { ...period },
    filters: { business: selection.business, statuses: selection.statuses === null ? null : [...selection.statuses] },
    soldStatuses: [...selection.sold],
    columns: columns.map((column) => ({
      key: column.key,
      type: column.type,
      guarded: isGuarded(column, style),
      masked: style.redact && (column.personal !== undefined || column.type === 'json'),
    })),
    guardedColumns: columns.filter((column) => isGuarded(column, style)).map(({ key }) => key),
    snapshot: { at: facts.at, sessions: facts.sessions },
    database: facts.database,
    sandbox: options.sandbox,
    query: rowsSql(selection),
    version: packageVersion(),
    notes,
    headerBytes: headerOf(selection, options).length,
    slices: facts.tally.slices.map(({ key, rows: count, bytes, sha256, sums: cents }) => ({
      key,
      rows: count,
      bytes,
      sha256,
      sums: decimals(cents),
    })),
  };
}

export function decimals(sums: Readonly<Record<string, bigint>>): Record<string, string> {
  return Object.fromEntries(Object.entries(sums).map(([key, cents]) => [key, decimal(cents)]));
}

/** Null where there is no row, or no column with the id. */
function idOf(record: string | null, { dataset, columns, style }: Selection): string | null {
  const index = columns.findIndex(({ key }) => key === dataset.key.id);
  return record === null || index < 0
    ? null
    : (valuesOf(
        record,
        columns.map(({ key }) => key),
        style.format,
      )[index] ?? null);
}

/** The cells of a record as texts, in the order of the columns. */
export function valuesOf(record: string, keys: readonly string[], format: Selection['style']['format']): string[] {
  if (format === 'csv') return csvFields(record);
  const values: Record<string, unknown> = JSON.parse(record);
  return keys.map((key) => (values[key] === null || values[key] === undefined ? '' : String(values[key])));
}
