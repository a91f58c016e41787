import { createHash, type Hash } from 'node:crypto';
import { readNow } from '../db/business-clock.js';
import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import type { Access } from '../db/session.js';
import { inSnapshot, type Snapshot } from '../db/snapshot.js';
import { placeOf } from '../db/url.js';
import { packageVersion } from '../package-root.js';
import { isGuarded } from './column.js';
import { fileOf, headerOf, valuesOf } from './file.js';
import type { Manifest } from './manifest.js';
import { copyRecords, inOrder, tune } from './rows.js';
import { rowsSql, type Selection } from './statement.js';
import { amountsOf, countRows, readSlices, type Slice, splitPeriod } from './survey.js';
import { createTally, type Tally } from './tally.js';

export interface ExportOptions extends Access {
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
  return inSnapshot(pool, SESSIONS, { limits, signal }, (snapshot) => writeRows(snapshot, selection, options)).catch(
    couldNot(`export ${selection.dataset.name}`, signal),
  );
}

async function writeRows(snapshot: Snapshot, selection: Selection, options: ExportOptions): Promise<Manifest> {
  const { first, sessions, reason, pool } = snapshot;
  const at = await readNow(first);
  const slices = await readSlices(first, selection);
  for (const session of sessions) await tune(session, selection, slices);
  const copies = splitPeriod(slices, selection.period, sessions.length).map((part, index) => {
    const session = sessions[index];
    if (session === undefined) throw new Error('a part has no session');
    const tally = createTally(selection.style.format, part.slices);
    return { tally, records: copyRecords(session, selection, part.range, tally) };
  });
  const tallies = copies.map(({ tally }) => tally);
  const records = copies.map((copy) => copy.records);
  const rows = counted(inOrder(records, options.folder), tallies, slices, options);
  const sum = { bytes: 0, hash: createHash('sha256') };
  await options.sink(summed(fileOf(rows, selection), sum));
  return manifestOf(selection, options, {
    tallies,
    snapshot: { at, sessions: copies.length },
    notes: reason === null ? [] : [`One session did all the work: ${reason}.`],
    bytes: sum.bytes,
    sha256: sum.hash.digest('hex'),
    database: placeOf(pool.url),
  });
}

async function* counted(
  rows: AsyncIterable<Buffer>,
  tallies: readonly Tally[],
  slices: readonly Slice[],
  { onProgress }: ExportOptions,
): AsyncGenerator<Buffer> {
  const total = countRows(slices);
  onProgress(0, total);
  let seen = 0;
  for await (const bytes of rows) {
    const read = tallies.reduce((count, { slices: done }) => count + done.length, 0);
    if (read > seen) {
      seen = read;
      onProgress(countRows(tallies.flatMap(({ slices: done }) => done)), total);
    }
    yield bytes;
  }
}

async function* summed(bytes: AsyncIterable<Buffer>, sum: { bytes: number; hash: Hash }): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    sum.bytes += chunk.length;
    sum.hash.update(chunk);
    yield chunk;
  }
}

type Facts = Pick<Manifest, 'snapshot' | 'notes' | 'bytes' | 'sha256' | 'database'> & { tallies: readonly Tally[] };

function manifestOf(selection: Selection, options: ExportOptions, { tallies, notes, ...facts }: Facts): Manifest {
  const { dataset, columns, style, period, business, statuses, sold } = selection;
  const slices = tallies.flatMap((tally) => tally.slices);
  const ends = tallies.flatMap(({ reader }) => [reader.first(), reader.last()]).filter((record) => record !== null);
  return {
    schema: 'smsfood.export/1',
    dataset: dataset.name,
    file: options.file,
    format: style.format,
    gzip: style.gzip,
    excel: style.excel,
    raw: style.raw,
    redacted: style.redact,
    rows: countRows(slices),
    bytes: facts.bytes,
    sha256: facts.sha256,
    sums: amountsOf(selection, slices),
    firstId: idOf(ends.at(0), selection),
    lastId: idOf(ends.at(-1), selection),
    period: { ...period },
    filters: { business, statuses: statuses === null ? null : [...statuses] },
    soldStatuses: [...sold],
    columns: columns.map((column) => ({
      key: column.key,
      type: column.type,
      guarded: isGuarded(column, style),
      masked: style.redact && column.personal !== undefined,
    })),
    guardedColumns: columns.filter((column) => isGuarded(column, style)).map(({ key }) => key),
    snapshot: facts.snapshot,
    database: facts.database,
    sandbox: options.sandbox,
    query: rowsSql(selection),
    version: packageVersion(),
    notes: period.isOver ? notes : [...notes, 'The period is not over: rows may still come.'],
    headerBytes: headerOf(selection).length,
    slices: slices.map(({ key, rows, bytes, sha256, sums }) => ({
      key,
      rows,
      bytes,
      sha256,
      sums: amountsOf(selection, [{ sums }]),
    })),
  };
}

/** Null where there is no row, or no column with the id. */
function idOf(record: string | undefined, selection: Selection): string | null {
  const index = selection.columns.findIndex(({ key }) => key === selection.dataset.id);
  return record === undefined ? null : (valuesOf(record, selection)[index] ?? null);
}
