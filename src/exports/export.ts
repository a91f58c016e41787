import { createHash } from 'node:crypto';
import { readBusinessClock } from '../db/business-clock.js';
import { statementError } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { openSnapshot } from '../db/snapshot.js';
import { placeOf } from '../db/url.js';
import { packageVersion } from '../package-root.js';
import { isGuarded } from './column.js';
import { type FileForm, fileOf, headerOf, valuesOf } from './file.js';
import type { Manifest } from './manifest.js';
import type { Access } from './prepare.js';
import { copyInOrder, tune } from './rows.js';
import { moneyColumns, rowsSql, type Selection } from './statement.js';
import { addUp, decimals, readSlices, type Slice, splitPeriod } from './survey.js';
import { createTally, type Tally } from './tally.js';

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
