import { access, constants, type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from '../db/errors.js';
import { SmsfoodError } from '../errors.js';
import { createBatcher } from './batcher.js';
import type { VerifiedEvent } from './event.js';
import type { Arrival } from './inbox.js';
import { lockSpool } from './spool-lock.js';
import { readRecords, writeRecord } from './spool-records.js';
import { createTurns } from './turns.js';

/** Keeps events on disk while the database cannot. */
export interface Spool {
  /** Resolves when the event is on the disk, or when there is no room for it. Rejects where the disk refused. */
  append(event: VerifiedEvent): Promise<'kept' | 'full'>;
  /** Gives what it has to `store`, oldest first, and forgets it once that is done. Stops where `store` rejects. */
  drain(store: (arrival: Arrival) => Promise<unknown>): Promise<Drained>;
  /** Events that wait, and the bytes they take. */
  waiting(): { events: number; bytes: number };
  isWritable(): Promise<boolean>;
  close(): Promise<void>;
}

export interface Drained {
  events: number;
  /** Files with a part that cannot be read: kept, under another name. */
  damaged: string[];
}

const SEGMENT = /^\d{8}\.spool$/;
const DAMAGED = '.damaged';
const SEGMENT_BYTES = 4_000_000;
const CHUNK = 500;

interface Segment {
  path: string;
  handle: FileHandle;
  bytes: number;
}

/** Opens a spool folder, which nobody else may use or read. Throws LOCKED and SPOOL_FAILED. */
export async function openSpool(folder: string, maxBytes: number): Promise<Spool> {
  await prepare(folder);
  const lock = await lockSpool(folder);
  const left = await lookInto(folder);
  let { next } = left;
  const waiting = { events: left.events, bytes: left.bytes };
  let active: Segment | null = null;
  const inTurn = createTurns();

  const seal = async () => {
    const segment = active;
    active = null;
    await segment?.handle.close();
  };
  const write = async (events: readonly VerifiedEvent[]): Promise<('kept' | 'full')[]> => {
    if (!lock.isHeld()) throw new SmsfoodError('LOCKED', `The spool ${folder} was taken over by another smsfood.`);
    const lines = events.map((event) => Buffer.from(writeRecord({ event, receivedAt: new Date().toISOString() })));
    let room = maxBytes - waiting.bytes;
    const fits = lines.map((line) => {
      if (line.length > room) return false;
      room -= line.length;
      return true;
    });
    const kept = lines.filter((_line, index) => fits[index]);
    if (kept.length > 0) await persist(Buffer.concat(kept), kept.length);
    return fits.map((fit) => (fit ? 'kept' : 'full'));
  };
  const persist = async (data: Buffer, events: number) => {
    active ??= await create(folder, next++);
    try {
      await active.handle.appendFile(data);
      await active.handle.datasync();
    } catch (error) {
      // Whatever came of it ends this file: a part of a record may only stand at an end.
      await seal().catch(() => undefined);
      throw error;
    }
    active.bytes += data.length;
    waiting.bytes += data.length;
    waiting.events += events;
    if (active.bytes >= SEGMENT_BYTES) await seal();
  };
  const append = createBatcher<VerifiedEvent, 'kept' | 'full'>({
    maxItems: CHUNK,
    maxBytes: SEGMENT_BYTES,
    sizeOf: ({ body }) => body.length,
    run: (events) => inTurn(() => write(events)),
  });

  return {
    append,
    async drain(store) {
      const drained: Drained = { events: 0, damaged: [] };
      await inTurn(seal);
      for (const path of await segmentsOf(folder)) {
        if (path === active?.path) break;
        const { events, bytes, damaged } = await drainSegment(path, store);
        await syncFolder(folder);
        if (damaged !== null) drained.damaged.push(damaged);
        drained.events += events;
        // A write that failed may have left records that were not counted.
        waiting.events = Math.max(0, waiting.events - events);
        waiting.bytes = Math.max(0, waiting.bytes - bytes);
      }
      return drained;
    },
    waiting: () => ({ ...waiting }),
    isWritable: async () =>
      lock.isHeld() &&
      waiting.bytes < maxBytes &&
      (await access(folder, constants.W_OK).then(
        () => true,
        () => false,
      )),
    async close() {
      await inTurn(seal);
      await lock.release();
    },
  };
}

/** Stores the events of a file and removes it; one that is damaged is kept under the name that is returned. */
async function drainSegment(
  path: string,
  store: (arrival: Arrival) => Promise<unknown>,
): Promise<{ events: number; bytes: number; damaged: string | null }> {
  const text = await readFile(path, 'utf8');
  const { arrivals, isDamaged } = readRecords(text);
  for (let start = 0; start < arrivals.length; start += CHUNK)
    await Promise.all(arrivals.slice(start, start + CHUNK).map(store));
  const damaged = isDamaged ? `${path}${DAMAGED}` : null;
  await (damaged === null ? rm(path) : rename(path, damaged));
  return { events: arrivals.length, bytes: Buffer.byteLength(text), damaged };
}

async function prepare(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { mode } = await stat(folder);
    if ((mode & 0o077) === 0) return;
  } catch (error) {
    throw new SmsfoodError(
      'SPOOL_FAILED',
      `The spool folder ${folder} cannot be used: ${describe(error)}.`,
      'Give a folder that this user may write to with --spool.',
      { cause: error },
    );
  }
  throw new SmsfoodError(
    'SPOOL_FAILED',
    `The spool folder ${folder} is open to other users, and messages are kept in it.`,
    `Close it (chmod 700 ${folder}), or give another folder with --spool.`,
  );
}

/** What an earlier process has left. */
async function lookInto(folder: string): Promise<{ next: number; events: number; bytes: number }> {
  let events = 0;
  let bytes = 0;
  const paths = await segmentsOf(folder);
  for (const path of paths) {
    const text = await readFile(path, 'utf8');
    events += readRecords(text).arrivals.length;
    bytes += Buffer.byteLength(text);
  }
  const numbers = (await readdir(folder)).map((name) => Number.parseInt(name, 10)).filter(Number.isFinite);
  return { next: Math.max(0, ...numbers) + 1, events, bytes };
}

async function segmentsOf(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => SEGMENT.test(name))
    .sort()
    .map((name) => join(folder, name));
}

async function create(folder: string, number: number): Promise<Segment> {
  const path = join(folder, `${String(number).padStart(8, '0')}.spool`);
  const handle = await open(path, 'ax', 0o600);
  await syncFolder(folder);
  return { path, handle, bytes: 0 };
}

/** So that a new file's name, or the end of an old one, survives a power failure. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
