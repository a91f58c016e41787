import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import type { SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { createMetrics } from './metrics.js';
import { createReceiver, probe } from './receiver.js';
import { createReplies } from './replies.js';
import { startServer } from './server.js';
import type { Endpoint } from './sources/source.js';
import { openSpool, type Spool } from './spool.js';
import { aborted, createReceiverWork, type WorkOptions } from './work.js';

export interface ServeOptions extends WorkOptions {
  host: string;
  port: number;
  publicUrl: string | null;
  trustedProxies: readonly string[];
  endpoints: readonly Endpoint[];
  /** Null where no source needs one. */
  spool: { folder: string; maxBytes: number } | null;
  /** Opens the database, or another time when that failed. */
  open(): Promise<Pool>;
  /** `isDegraded`: the database is down, and what can be kept goes to the spool. */
  onListening(address: string, isDegraded: boolean): void;
}

/** Twilio waits 15 seconds for an answer. */
const STATEMENT_MS = 5_000;
const LOCK_MS = 1_000;
const REPLY_MS = 8_000;
const PROBE_MS = 2_000;
/** When it is told to stop, all has to be over within 10 seconds: SMS that wait for a reply, all requests, then the rest. */
const REPLIES_MS = 1_000;
const FINISH_MS = 2_000;
const END_MS = 7_500;

/**
 * Receives webhooks until the signal is aborted, then finishes what is under way. Throws OPS_NOT_INSTALLED, LOCKED,
 * SPOOL_FAILED, PORT_UNAVAILABLE, and where nothing could be kept meanwhile, what keeps it from the database.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const limits = {
    ...options.limits,
    statementTimeoutMs: Math.min(options.limits.statementTimeoutMs, STATEMENT_MS),
    lockTimeoutMs: Math.min(options.limits.lockTimeoutMs, LOCK_MS),
  };
  const spool = options.spool === null ? null : await openSpool(options.spool.folder, options.spool.maxBytes);
  try {
    await serveWith(spool, { ...options, limits });
  } finally {
    await spool?.close();
  }
}

async function serveWith(spool: Spool | null, options: ServeOptions): Promise<void> {
  const { limits, log, signal } = options;
  const pool = await openAtStart(options, spool);
  const database = (): Pool | null => receiver.database();
  const metrics = createMetrics({ database, spool, limits });
  const work = createReceiverWork(options, metrics);
  if (pool !== null) await work.begin(pool);
  const receiver = createReceiver({
    ...options,
    pool,
    spool,
    onStored: () => work.wake(),
    onOpen: (opened) =>
      void work.begin(opened).catch((error: unknown) => log.error({ reason: describe(error) }, 'no workers')),
  });
  const replies = createReplies({ database, limits, waitMs: REPLY_MS });
  try {
    const trouble = () => troubleOf(database(), spool, limits);
    const server = await startServer({ ...options, receiver, replies, metrics, trouble });
    options.onListening(server.address, pool === null);
    await aborted(signal);
    log.info('stopping: finishing what is under way');
    const timer = setTimeout(() => replies.stop(), REPLIES_MS);
    await server.stop(FINISH_MS);
    clearTimeout(timer);
  } finally {
    const ending = Promise.all([receiver.stop(), work.end()]);
    await Promise.race([ending, sleep(END_MS, undefined, { ref: false })]);
  }
}

/** Null where the database is down, and there is a spool to keep meanwhile what is not sent again. */
async function openAtStart(options: ServeOptions, spool: Spool | null): Promise<Pool | null> {
  try {
    const pool = await options.open();
    await requireOps(pool, 'webhook_inbox', options);
    await probe(pool, options.limits);
    return pool;
  } catch (error) {
    options.signal.throwIfAborted();
    const isDown = error instanceof SmsfoodError && ['DB_UNREACHABLE', 'DB_TIMEOUT', 'DB_LOST'].includes(error.code);
    if (!isDown || spool === null) throw error;
    options.log.error({ reason: error.message }, 'the database is down; what is not sent again goes to the spool');
    return null;
  }
}

async function troubleOf(pool: Pool | null, spool: Spool | null, limits: SessionLimits): Promise<string[]> {
  const works =
    pool !== null &&
    (await probe(pool, { ...limits, statementTimeoutMs: PROBE_MS }).then(
      () => true,
      () => false,
    ));
  return [
    ...(works ? [] : ['the database cannot take events']),
    ...(spool === null || (await spool.isWritable()) ? [] : ['the spool is full or cannot be written']),
  ];
}
