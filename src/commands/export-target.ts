import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { type Manifest, manifestPath } from '../exports/manifest.js';
import { refuseExisting } from './refuse-existing.js';

/** Where the bytes of an export go. */
export interface Place {
  /** Null for standard output. */
  path: string | null;
  /** Null where the bytes pass by, as on standard output, a device or a pipe. */
  manifest: string | null;
  /** Name of the file, as its manifest has it. */
  file: string;
  /** For what has to wait on disk. */
  folder: string;
}

export interface ExportTarget {
  /** The place, once the name is known that the file gets in a folder. Throws FILE_EXISTS. */
  place(name: string): Promise<Place>;
}

interface TargetOptions {
  output: string;
  format: string;
  gzip: boolean;
  force: boolean;
}

/** Refuses what can be refused before the database is asked. Throws USAGE, FILE_EXISTS. */
export async function exportTarget(
  context: Context,
  { output, format, gzip, force }: TargetOptions,
): Promise<ExportTarget> {
  if (output === '-') {
    if (context.io.stdout.isTerminal && (gzip || format === 'parquet'))
      throw new SmsfoodError(
        'USAGE',
        'These bytes are not for a terminal.',
        'Give --output FILE, or lead them into a pipe.',
      );
    return { place: async (name) => ({ path: null, manifest: null, file: name, folder: tmpdir() }) };
  }
  const given = resolve(context.io.cwd, output);
  const found = await stat(given).catch(() => null);
  if (found !== null && (found.isFIFO() || found.isCharacterDevice()))
    return { place: async (name) => ({ path: given, manifest: null, file: name, folder: tmpdir() }) };
  const isFolder = found?.isDirectory() ?? false;
  if (!isFolder && /[/\\]$/.test(output)) {
    throw new SmsfoodError('USAGE', `--output: there is no folder ${given}.`, `Create it with: mkdir -p '${given}'`);
  }
  if (!isFolder && !force) await refuseExisting(given, manifestPath(given));
  return {
    async place(name) {
      const path = isFolder ? join(given, name) : given;
      if (!force) await refuseExisting(path, manifestPath(path));
      return { path, manifest: manifestPath(path), file: basename(path), folder: dirname(path) };
    },
  };
}

type Sink = (bytes: AsyncIterable<Buffer>) => Promise<void>;

/**
 * Writes the file and its manifest, if it has one: both are complete on disk before the first is put in its place. `work` sends the
 * bytes into the sink that it gets. Null where the reader of standard output has gone before the end.
 */
export async function writeTo(
  context: Context,
  { path, manifest: besides }: Place,
  work: (sink: Sink) => Promise<Manifest>,
): Promise<Manifest | null> {
  const { signal, stdout } = context.io;
  if (path === null) {
    let isRead = true;
    const manifest = await work(async (bytes) => {
      for await (const chunk of bytes) {
        signal.throwIfAborted();
        isRead = await stdout.send(chunk);
        if (!isRead) return; // `| head` has seen enough
      }
    });
    return isRead ? manifest : null;
  }
  const { stageFile } = await import('../output/file.js');
  const staged: Awaited<ReturnType<typeof stageFile>>[] = [];
  try {
    const manifest = await work(async (bytes) => {
      staged.push(await stageFile(path, bytes, { mode: 0o600, signal }));
    });
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    if (besides !== null) staged.push(await stageFile(besides, text, { mode: 0o600, signal }));
    signal.throwIfAborted();
    for (const file of staged) await file.commit();
    return manifest;
  } finally {
    for (const file of staged) await file.discard();
  }
}
