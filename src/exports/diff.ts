import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { type Access, inSession, type Session } from '../db/session.js';
import { systemCode } from '../errors.js';
import { grouped } from '../words.js';
import { digestRows } from './digest.js';
import { valuesOf } from './file.js';
import type { Manifest } from './manifest.js';
import { copySql, type Selection } from './statement.js';
import { createTally, type WrittenSlice } from './tally.js';

export interface RowChange {
  slice: string;
  id: string;
  change: 'added' | 'removed' | 'changed';
  /** Columns that differ, with both values. */
  columns: { key: string; before: string; after: string }[];
}

export interface SliceChange {
  slice: string;
  before: { rows: number };
  after: { rows: number };
}

export interface Diff {
  slices: SliceChange[];
  /** Null where rows cannot be compared; `reason` says why. */
  rows: RowChange[] | null;
  reason: string | null;
}

/** Above so many rows in a day or month, only that is named: its rows are compared in memory. */
const MOST_ROWS = 200_000;

/**
 * What a closed period looks like now, against the digests of the manifest: exact to the byte, by day or month. With the
 * file at hand, also which rows of those days were added, removed or changed, and how.
 */
export async function diffRows(
  pool: Pool,
  selection: Selection,
  manifest: Manifest,
  path: string,
  access: Access,
): Promise<Diff> {
  const now = await digestRows(pool, selection, access);
  const before = new Map(manifest.slices.map((slice) => [slice.key, slice]));
  const after = new Map(now.map((slice) => [slice.key, slice]));
  const differing = [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .filter((key) => before.get(key)?.sha256 !== after.get(key)?.sha256);
  const slices = differing.map((key) => ({
    slice: key,
    before: { rows: before.get(key)?.rows ?? 0 },
    after: { rows: after.get(key)?.rows ?? 0 },
  }));
  const reason = await obstacle(selection, manifest, path, slices);
  if (slices.length === 0 || reason !== null) return { slices, rows: slices.length === 0 ? [] : null, reason };
  const stored = await readSlicesOfFile(path, manifest, new Set(differing), access.signal);
  if (stored === null) return { slices, rows: null, reason: isAnother(manifest) };
  const rows: RowChange[] = [];
  await inSession(pool, { mode: 'read', ...access }, async (session) => {
    for (const key of differing) {
      const current = await readSliceOfDatabase(session, selection, after.get(key), now);
      rows.push(...compareRecords(key, stored.get(key) ?? '', current, selection));
    }
  }).catch(couldNot('compare the rows', access.signal));
  return { slices, rows, reason: null };
}

async function obstacle(
  { dataset, columns, style }: Selection,
  manifest: Manifest,
  path: string,
  slices: readonly SliceChange[],
): Promise<string | null> {
  if (style.format === 'parquet') return 'rows are compared in csv and jsonl files only';
  if (!columns.some(({ key }) => key === dataset.id)) return `the file has no column ${dataset.id}`;
  const largest = Math.max(0, ...slices.flatMap(({ before, after }) => [before.rows, after.rows]));
  if (largest > MOST_ROWS) return `a ${dataset.slice} has more than ${grouped(MOST_ROWS)} rows`;
  const found = await stat(path).catch(() => null);
  if (found === null) return `${manifest.file} is not beside its manifest`;
  return found.size === manifest.bytes ? null : isAnother(manifest);
}

const isAnother = ({ file }: Manifest) => `${file} is not the file of the manifest any more`;

/** The text of some slices, which stand in the file one behind the other; null where they are not those of the manifest. */
async function readSlicesOfFile(
  path: string,
  manifest: Manifest,
  keys: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, string> | null> {
  const wanted: { key: string; sha256: string; from: number; to: number; parts: Buffer[] }[] = [];
  let place = manifest.headerBytes;
  for (const { key, bytes, sha256 } of manifest.slices) {
    if (keys.has(key)) wanted.push({ key, sha256, from: place, to: place + bytes, parts: [] });
    place += bytes;
  }
  let position = 0;
  try {
    for await (const chunk of contentOf(path, manifest)) {
      signal.throwIfAborted();
      for (const { from, to, parts } of wanted)
        if (from < position + chunk.length && to > position)
          parts.push(Buffer.from(chunk.subarray(Math.max(0, from - position), to - position)));
      position += chunk.length;
    }
  } catch (error) {
    if (systemCode(error).startsWith('Z_')) return null; // it was compressed once
    throw error;
  }
  const texts = wanted.map(({ key, sha256, parts }) => ({ key, sha256, text: Buffer.concat(parts) }));
  if (texts.some(({ sha256, text }) => createHash('sha256').update(text).digest('hex') !== sha256)) return null;
  return new Map(texts.map(({ key, text }) => [key, text.toString()]));
}

function contentOf(path: string, { gzip }: Manifest): AsyncIterable<Buffer> {
  const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
  return gzip ? pipeline(file, createGunzip(), () => undefined) : file;
}

/** From the first row of the slice to that of the next one; of a month, the rows of all months are read. */
async function readSliceOfDatabase(
  session: Session,
  selection: Selection,
  slice: WrittenSlice | undefined,
  all: readonly WrittenSlice[],
): Promise<string> {
  if (slice === undefined) return '';
  const isMonthly = selection.dataset.slice === 'month';
  const next = all[all.indexOf(slice) + 1]?.first ?? selection.period.to;
  const range = isMonthly ? selection.period : { from: slice.first, to: next };
  const tally = createTally(selection.style.format, isMonthly ? all : [slice]);
  const parts: Buffer[] = [];
  for await (const bytes of tally.records(session.copyOut(copySql(selection, range)))) parts.push(Buffer.from(bytes));
  const text = Buffer.concat(parts);
  if (!isMonthly) return text.toString();
  const start = all.slice(0, all.indexOf(slice)).reduce((total, { bytes }) => total + bytes, 0);
  return text.subarray(start, start + slice.bytes).toString();
}

function compareRecords(slice: string, before: string, after: string, selection: Selection): RowChange[] {
  const [old, current] = [recordsById(before, selection), recordsById(after, selection)];
  const changes: RowChange[] = [];
  for (const id of [...new Set([...old.keys(), ...current.keys()])].sort()) {
    const [was, is] = [old.get(id), current.get(id)];
    if (was === undefined || is === undefined) {
      changes.push({ slice, id, change: was === undefined ? 'added' : 'removed', columns: [] });
      continue;
    }
    const columns = selection.columns.flatMap(({ key }, index) =>
      was[index] === is[index] ? [] : [{ key, before: was[index] ?? '', after: is[index] ?? '' }],
    );
    if (columns.length > 0) changes.push({ slice, id, change: 'changed', columns });
  }
  return changes;
}

function recordsById(text: string, selection: Selection): Map<string, string[]> {
  const { dataset, columns, style } = selection;
  const index = columns.findIndex(({ key }) => key === dataset.id);
  const records = style.format === 'csv' ? text.match(/(?:"(?:[^"]+|"")*"|[^"\r\n])+\r\n/g) : text.match(/.+\n/g);
  return new Map(
    (records ?? []).map((record) => {
      const values = valuesOf(record, selection);
      return [values[index] ?? '', values];
    }),
  );
}
