import { randomBytes } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SmsfoodError, systemCode } from '../errors.js';
import { removeAtExit } from './leftovers.js';

export interface WriteOptions {
  /** Permissions of the file, such as 0o600; without it those of the file that is replaced, or the usual ones. */
  mode?: number;
  signal?: AbortSignal;
}

type Chunk = Buffer | string;

/** Chunks are put together to this many bytes: a write for each row of an export would be slow. */
const BUFFER_BYTES = 256 * 1024;

/** A file that is written and not there yet. */
export interface StagedFile {
  /** Puts it in its place, in one step. */
  commit(): Promise<void>;
  /** Leaves nothing of it behind; does nothing once it is in its place. */
  discard(): Promise<void>;
}

/**
 * Writes a file whole or not at all: a temporary file in the same folder, fsync, rename, fsync of the folder. An earlier
 * file stays as it is until then, and for good where writing fails. A symbolic link is followed; a device or a pipe
 * (/dev/stdout, /dev/null) is written to as it is.
 *
 * Throws SmsfoodError FILE_NOT_WRITTEN where the file system refuses, the signal's reason when aborted, and what `text`
 * throws as it was thrown.
 */
export async function writeFileAtomic(
  path: string,
  text: string | AsyncIterable<Chunk>,
  options: WriteOptions = {},
): Promise<void> {
  const staged = await stageFile(path, text, options);
  try {
    options.signal?.throwIfAborted();
    await staged.commit();
  } finally {
    await staged.discard();
  }
}

/** The first half of writeFileAtomic, for files that belong together: all are written before the first is put in its place. */
export async function stageFile(
  path: string,
  text: string | AsyncIterable<Chunk>,
  { mode, signal }: WriteOptions = {},
): Promise<StagedFile> {
  signal?.throwIfAborted();
  const target = await refusal(path, resolveTarget(path));
  if (!target.isReplaceable) {
    const handle = await refusal(path, open(target.path, 'w'));
    await writeAndClose(path, handle, text, signal);
    return { commit: async () => {}, discard: async () => {} };
  }
  const folder = dirname(target.path);
  const temporary = temporaryIn(folder);
  const finalMode = mode ?? target.mode;
  const handle = await refusal(path, open(temporary, 'wx', finalMode ?? 0o666));
  const forget = removeAtExit(temporary);
  const discard = async () => {
    await rm(temporary, { force: true });
    forget();
  };
  try {
    await writeAndClose(path, handle, text, signal, async () => {
      // open() subtracts the umask; permissions that were asked for are given in full.
      if (finalMode !== undefined) await handle.chmod(finalMode);
      await handle.sync();
    });
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    async commit() {
      await refusal(path, rename(temporary, target.path));
      forget();
      await refusal(path, syncFolder(folder));
    },
    discard,
  };
}

/** Path of a hidden file that nobody else uses. */
export function temporaryIn(folder: string): string {
  return join(folder, `.smsfood-${randomBytes(8).toString('hex')}.tmp`);
}

interface Target {
  path: string;
  mode?: number;
  /** False for a device or a pipe: renaming over /dev/null would replace it for the whole machine. */
  isReplaceable: boolean;
}

async function resolveTarget(path: string): Promise<Target> {
  const found = await stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return { path, isReplaceable: true };
  if (found.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
  // /dev/stdout may lead to a plain file, which belongs to whoever redirected it.
  if (!found.isFile() || /^\/(?:dev|proc)\//.test(path)) return { path, isReplaceable: false };
  return { path: await realpath(path), mode: found.mode & 0o777, isReplaceable: true };
}

async function writeAndClose(
  path: string,
  handle: FileHandle,
  text: string | AsyncIterable<Chunk>,
  signal: AbortSignal | undefined,
  finish: () => Promise<void> = async () => {},
): Promise<void> {
  try {
    if (typeof text === 'string') await refusal(path, handle.writeFile(text));
    else await writeChunks(path, handle, buffered(untilAborted(text, signal)));
    await refusal(path, finish());
  } finally {
    await refusal(path, handle.close());
  }
}

/** Written so far and not yet on its way to the disk: the one fsync at the end would have to wait for the whole file. */
const SYNC_BYTES = 16 * 1024 * 1024;

async function writeChunks(path: string, handle: FileHandle, chunks: AsyncIterable<Buffer>): Promise<void> {
  let unsynced = 0;
  let syncing: Promise<void> | null = null;
  let failure: unknown = null;
  try {
    for await (const chunk of chunks) {
      await refusal(path, handle.writeFile(chunk));
      unsynced += chunk.length;
      if (unsynced < SYNC_BYTES || syncing !== null) continue;
      unsynced = 0;
      syncing = handle
        .datasync()
        .catch((error: unknown) => {
          // Devices and pipes cannot; anything else is told once, and must not be lost.
          if (systemCode(error) !== 'EINVAL') failure = error;
        })
        .finally(() => {
          syncing = null;
        });
    }
  } finally {
    await syncing;
  }
  if (failure !== null) throw notWritten(path, failure);
}

/** One buffer for all of them: each chunk is copied before the next one is asked for, and written before it is filled again. */
async function* buffered(chunks: AsyncIterable<Chunk>): AsyncGenerator<Buffer> {
  const waiting = Buffer.allocUnsafe(BUFFER_BYTES);
  let size = 0;
  for await (const chunk of chunks) {
    const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let place = 0; place < buffer.length; ) {
      const copied = buffer.copy(waiting, size, place);
      place += copied;
      size += copied;
      if (size < BUFFER_BYTES) continue;
      yield waiting;
      size = 0;
    }
  }
  if (size > 0) yield waiting.subarray(0, size);
}

/** Ends with the signal's reason at once, also while the source hangs: a query that no longer answers, for example. */
async function* untilAborted(chunks: AsyncIterable<Chunk>, signal: AbortSignal | undefined): AsyncGenerator<Chunk> {
  if (signal === undefined) {
    yield* chunks;
    return;
  }
  const { promise: aborted, reject } = withRejection();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const iterator = chunks[Symbol.asyncIterator]();
  let isExhausted = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const result = await Promise.race([iterator.next(), aborted]);
      isExhausted = result.done === true;
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a generator that hangs in its next() answers a return() only after it.
    if (!isExhausted) iterator.return?.().catch(() => {});
  }
}

function withRejection(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_resolve, rejectPromise) => {
    reject = rejectPromise;
  });
  promise.catch(() => {});
  return { promise, reject };
}

/** Makes the rename itself durable, on systems that can: Windows opens no folders, some network mounts sync none. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!['EACCES', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM'].includes(systemCode(error))) throw error;
  }
}

async function refusal<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** What the file system's refusal means to a person, and what to do about it. */
export function notWritten(path: string, error: unknown): SmsfoodError {
  const folder = dirname(path);
  const elsewhere = 'or choose another place with --output.';
  const [problem, hint] = {
    ENOENT: [`there is no folder ${folder}`, `Create it with: mkdir -p '${folder}', ${elsewhere}`],
    ENOTDIR: [`a part of ${folder} is a file, not a folder`, 'Choose another place with --output.'],
    EACCES: [`no permission to write in ${folder}`, `Give this user the right to write there, ${elsewhere}`],
    EPERM: [`no permission to write in ${folder}`, `Give this user the right to write there, ${elsewhere}`],
    EROFS: ['the file system is read-only', 'Choose another place with --output.'],
    ENOSPC: ['the disk is full', `Free some space, ${elsewhere}`],
    EDQUOT: ['the disk quota is used up', `Free some space, ${elsewhere}`],
    EFBIG: ['it would be larger than this user may write', `Raise the limit (ulimit -f), ${elsewhere}`],
    EISDIR: ['it is a folder', 'Name a file inside of it with --output.'],
    ENAMETOOLONG: ['its name is too long', 'Choose a shorter one with --output.'],
  }[systemCode(error)] ?? [
    error instanceof Error ? error.message : String(error),
    'Choose another place with --output.',
  ];
  return new SmsfoodError('FILE_NOT_WRITTEN', `Could not write ${path}: ${problem}.`, hint, { cause: error });
}
