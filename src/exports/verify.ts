import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { statementError } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession } from '../db/session.js';
import type { Manifest } from './manifest.js';
import type { Access } from './prepare.js';
import type { Selection } from './statement.js';
import { moneyColumns } from './statement.js';
import { addUp, decimals, readSlices } from './survey.js';

/** One thing that the manifest says, and what is there. */
export interface Comparison {
  what: string;
  manifest: string;
  found: string;
  isEqual: boolean;
}

/** The file's bytes against the manifest: with the digest equal, so are its rows and sums. A file that is gone differs. */
export async function verifyFile(path: string, manifest: Manifest): Promise<Comparison[]> {
  const found = await stat(path).catch(() => null);
  if (found === null)
    return [{ what: 'file', manifest: manifest.file, found: 'cannot be found beside the manifest', isEqual: false }];
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
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
  ).catch((error: unknown) => {
    signal.throwIfAborted();
    throw statementError(error, 'compare the manifest with the database');
  });
  const money = moneyColumns(selection).map(({ key }) => key);
  const now = addUp(slices, money);
  const sums = decimals(now.sums);
  const comparisons = [
    compare('rows in the database', String(manifest.rows), String(now.rows)),
    ...money.map((key) => compare(`sum of ${key} in the database`, manifest.sums[key] ?? '', sums[key] ?? '')),
  ];
  const then = new Map(manifest.slices.map((slice) => [slice.key, describeSlice(slice.rows, slice.sums)]));
  const current = new Map(slices.map((slice) => [slice.key, describeSlice(slice.rows, decimals(slice.sums))]));
  const keys = [...new Set([...then.keys(), ...current.keys()])].sort();
  const differing = keys.filter((key) => then.get(key) !== current.get(key));
  return [
    ...comparisons,
    ...differing.map((key) => compare(key, then.get(key) ?? 'no rows', current.get(key) ?? 'no rows')),
  ];
}

function describeSlice(rows: number, sums: Readonly<Record<string, string>>): string {
  return [`${rows} rows`, ...Object.entries(sums).map(([key, sum]) => `${key} ${sum}`)].join(', ');
}

function compare(what: string, manifest: string, found: string): Comparison {
  return { what, manifest, found, isEqual: manifest === found };
}
