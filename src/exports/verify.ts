import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { type Access, inSession } from '../db/session.js';
import { count } from '../words.js';
import type { Manifest } from './manifest.js';
import type { Selection } from './statement.js';
import { amountsOf, countRows, readSlices } from './survey.js';

/** One thing that the manifest says, and what is there. */
export interface Comparison {
  what: string;
  manifest: string;
  found: string;
  isEqual: boolean;
}

/** The file's bytes against the manifest: with the digest equal, so are its rows and sums. A file that is gone differs. */
export async function verifyFile(path: string, manifest: Manifest, signal: AbortSignal): Promise<Comparison[]> {
  const found = await stat(path).catch(() => null);
  if (found === null)
    return [{ what: 'file', manifest: manifest.file, found: 'cannot be found beside the manifest', isEqual: false }];
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return [
    compare('bytes of the file', String(manifest.bytes), String(found.size)),
    compare('sha256 of the file', manifest.sha256, hash.digest('hex')),
  ];
}

/** Rows and sums of the same period as the database has them now, and which days or months differ. */
export async function verifyDatabase(
  pool: Pool,
  selection: Selection,
  manifest: Manifest,
  { limits, signal }: Access,
): Promise<Comparison[]> {
  const slices = await inSession(pool, { mode: 'read', limits, signal }, (session) =>
    readSlices(session, selection),
  ).catch(couldNot('compare the manifest with the database', signal));
  const then = new Map(manifest.slices.map((slice) => [slice.key, describeSlice(slice.rows, slice.sums)]));
  const current = new Map(slices.map((slice) => [slice.key, describeSlice(slice.rows, amountsOf(selection, [slice]))]));
  const keys = [...new Set([...then.keys(), ...current.keys()])].sort();
  const differing = keys.filter((key) => then.get(key) !== current.get(key));
  return [
    compare('rows in the database', String(manifest.rows), String(countRows(slices))),
    ...Object.entries(amountsOf(selection, slices)).map(([key, sum]) =>
      compare(`sum of ${key} in the database`, manifest.sums[key] ?? '', sum),
    ),
    ...differing.map((key) => compare(key, then.get(key) ?? 'no rows', current.get(key) ?? 'no rows')),
  ];
}

function describeSlice(rows: number, sums: Readonly<Record<string, string>>): string {
  return [count(rows, 'row'), ...Object.entries(sums).map(([key, sum]) => `${key} ${sum}`)].join(', ');
}

function compare(what: string, manifest: string, found: string): Comparison {
  return { what, manifest, found, isEqual: manifest === found };
}
