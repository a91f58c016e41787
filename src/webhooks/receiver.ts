import { setTimeout as sleep } from 'node:timers/promises';
import { describe, sqlState } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import type { Logger } from '../logger.js';
import { isSentAgain, type VerifiedEvent } from './event.js';
import { type Arrival, createInbox, type Inbox, type Stored } from './inbox.js';
import type { Spool } from './spool.js';

/** What became of a verified event. `unavailable`: nothing, so that it must be sent again; `busy`: too much is under way. */
export type Accepted = ({ kind: 'stored' } & Stored) | { kind: 'spooled' } | { kind: 'unavailable' } | { kind: 'busy' };

/** Takes verified events into the inbox, or while the database is down into the spool. */
export interface Receiver {
  accept(event: VerifiedEvent): Promise<Accepted>;
  /** The pool, while the database works. */
  database(): Pool | null;
  /** Waits for what is under way, and stops. */
  stop(): Promise<void>;
}

export interface ReceiverOptions {
  /** Opens the database; rejects while that is not possible. */
  open(): Promise<Pool>;
  /** What it gave at the start; null where the database was down. */
  pool: Pool | null;
  limits: SessionLimits;
  /** Null where no source needs one. */
  spool: Spool | null;
  log: Logger;
  onStored(): void;
  /** Whenever the database works again, before the spool is drained. */
  onOpen(pool: Pool): void;
}

/** Events between verification and commit. Each holds its body in memory. */
const MAX_IN_FLIGHT = 1_000;
const FIRST_PROBE_MS = 250;
const LAST_PROBE_MS = 2_000;

export function createReceiver(options: ReceiverOptions): Receiver {
  const { spool, log, limits } = options;
  const stopped = new AbortController();
  let underWay = 0;
  let live: { pool: Pool; inbox: Inbox } | null = null;
  let recovery: Promise<void> | null = null;

  const store = (event: VerifiedEvent): Promise<Accepted> => {
    const now = live;
    if (now === null) return keep(event, options);
    const stored = ({ id, isNew }: Stored): Accepted => ({ kind: 'stored', id, isNew });
    return now.inbox.store({ event, receivedAt: null }).then(stored, (error: unknown) => {
      if (isRefusal(error)) log.error({ reason: describe(error), eventType: event.type }, 'the inbox refuses an event');
      else if (live === now) goDown(error);
      return keep(event, options);
    });
  };
  const goDown = (error: unknown) => {
    live = null;
    log.error({ reason: describe(error) }, 'events cannot be stored: the database is taken for down');
    recover();
  };
  const recover = () => {
    recovery ??= comeBack().finally(() => {
      recovery = null;
      if (live === null && !stopped.signal.aborted) recover();
    });
  };
  const comeBack = async () => {
    let said = '';
    for (let wait = FIRST_PROBE_MS; !stopped.signal.aborted; wait = Math.min(2 * wait, LAST_PROBE_MS)) {
      await sleep(wait, undefined, { signal: stopped.signal }).catch(() => undefined);
      try {
        if (stopped.signal.aborted) return;
        const pool = await options.open();
        await probe(pool, limits);
        const inbox = goUp(pool);
        await drain(inbox, options);
        if (live?.inbox === inbox) return;
      } catch (error) {
        live = null;
        const reason = describe(error);
        if (reason !== said) log.warn({ reason }, 'the database is still down');
        said = reason;
      }
    }
  };
  const goUp = (pool: Pool) => {
    const inbox = createInbox({ pool, limits, onStored: options.onStored });
    live = { pool, inbox };
    options.onOpen(pool);
    return inbox;
  };

  // What an earlier process has left is brought in as after an outage.
  if (options.pool !== null) goUp(options.pool);
  if (options.pool === null || (spool?.waiting().bytes ?? 0) > 0) recover();
  return {
    accept(event) {
      if (underWay >= MAX_IN_FLIGHT) return Promise.resolve({ kind: 'busy' });
      underWay++;
      return store(event).finally(() => {
        underWay--;
      });
    },
    database: () => live?.pool ?? null,
    async stop() {
      while (underWay > 0) await sleep(10);
      stopped.abort();
      await recovery;
      await live?.inbox.settle().catch(() => undefined);
      await spool?.close();
    },
  };
}

/** Writes an event to the spool, where that helps: whoever sends again what is not acknowledged had better do that. */
async function keep(event: VerifiedEvent, { spool, log }: ReceiverOptions): Promise<Accepted> {
  if (spool === null || isSentAgain(event.source)) return { kind: 'unavailable' };
  try {
    if ((await spool.append(event)) === 'kept') return { kind: 'spooled' };
    log.error({ bytes: spool.waiting().bytes }, 'the spool is full');
  } catch (error) {
    log.error({ err: error }, 'the spool cannot be written');
  }
  return { kind: 'unavailable' };
}

/** Brings what the spool has into the inbox. Rejects where the database is lost meanwhile. */
async function drain(inbox: Inbox, { spool, log }: ReceiverOptions): Promise<void> {
  if (spool === null || spool.waiting().bytes === 0) return;
  let lost: unknown;
  const store = (arrival: Arrival) =>
    inbox.store(arrival).catch((error: unknown) => {
      if (!isRefusal(error)) lost = error;
      throw error;
    });
  try {
    const { events, damaged } = await spool.drain(store);
    log.warn({ events }, 'the spool was drained into the inbox');
    if (damaged.length > 0) log.error({ damaged }, 'a part of the spool cannot be read; the file was kept');
  } catch (error) {
    if (lost !== undefined) throw lost;
    // Trouble of the spool alone, which must not keep new events out.
    log.error({ reason: describe(error) }, 'the spool cannot be drained; it is kept for the next start');
  }
}

/** The database works, and does not take this event as it is. */
function isRefusal(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '');
}

/** Rejects where events could not be stored now: no answer, no table, a standby or a role that may not write. */
export async function probe(pool: Pool, limits: SessionLimits): Promise<void> {
  const { rows } = await inSession(pool, { mode: 'write', limits }, (session) =>
    session.query<{ standby: boolean; allowed: boolean }>(
      `SELECT pg_is_in_recovery() AS standby,
         has_table_privilege('ops.webhook_inbox', 'SELECT, INSERT, UPDATE') AND has_table_privilege('ops.webhook_payloads', 'INSERT') AS allowed`,
    ),
  );
  if (rows[0]?.standby !== false)
    throw new SmsfoodError('DB_PERMISSION', 'This server is a standby, which stores nothing.');
  if (!rows[0].allowed) throw new SmsfoodError('DB_PERMISSION', 'This role may not write to the inbox.');
}
