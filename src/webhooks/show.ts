import { z } from 'zod';
import { maskChange, type RowChange } from '../changed-rows.js';
import { statementError } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/run.js';
import type { SessionLimits } from '../db/session.js';
import { type Attempt, allAttempts } from './attempt-history.js';
import { findEvent } from './find-event.js';
import { type EventRow, rowOf } from './list.js';
import { maskPayload, readPayload } from './shown-payload.js';

/** A row of the platform that the event changed. */
export interface Effect extends RowChange {
  at: string;
  reason: string;
  run: string;
  undoneBy: string | null;
}

export interface ShownEvent {
  /** The database's clock. */
  now: string;
  event: EventRow;
  attempts: Attempt[];
  effects: Effect[];
  /** The SMS that answered it; `body` null where it is not revealed. */
  reply: { body: string | null; createdAt: string; handedOutAt: string | null } | null;
  replays: { id: string; reason: string | null; result: string | null; at: string | null }[];
  /** Null where it was pruned. */
  payload: { receivedAt: string; bytes: number; headers: Record<string, unknown>; body: unknown } | null;
}

export interface ShowOptions {
  reveal: boolean;
  limits: SessionLimits;
  signal: AbortSignal;
}

const ValuesSchema = z.record(z.string(), z.unknown());

/** Beyond this an event's changes are cut: a handler changes a handful of rows. */
const MOST = 200;

/** Everything that is known of one event. Throws OPS_NOT_INSTALLED and NOT_FOUND. */
export async function readEvent(pool: Pool, text: string, { reveal, ...access }: ShowOptions): Promise<ShownEvent> {
  await requireOps(pool, 'webhook_inbox', access);
  const { inPrismaSession } = await import('../db/prisma.js');
  return inPrismaSession(pool, access, async (prisma, now) => {
    const id = await findEvent(prisma, text);
    const event = await prisma.webhookEvent.findUniqueOrThrow({ where: { id } });
    const payload = await prisma.webhookPayload.findUnique({ where: { eventId: id } });
    const reply = await prisma.webhookReply.findUnique({ where: { eventId: id } });
    const attempts = await prisma.webhookAttempt.findMany({
      where: { eventId: id },
      orderBy: { id: 'asc' },
      include: { run: { select: { command: true } } },
    });
    const changes = await prisma.change.findMany({ where: { eventId: id }, orderBy: { id: 'asc' }, take: MOST });
    const replays = await prisma.webhookReplayEvent.findMany({
      where: { eventId: id },
      orderBy: { replay: { startedAt: 'asc' } },
      include: { replay: { select: { reason: true } } },
    });
    const body = payload === null ? null : readPayload(Buffer.from(payload.body));
    const effects = changes.map((change) => ({
      at: change.at.toISOString(),
      table: change.tableName,
      row: change.rowId,
      before: change.before === null ? null : ValuesSchema.parse(change.before),
      after: ValuesSchema.parse(change.after),
      reason: change.reason,
      run: change.runId,
      undoneBy: change.undoneBy,
    }));
    return {
      now,
      event: rowOf(event),
      attempts: allAttempts(attempts.map(endedAttempt), {
        status: event.status,
        attempts: event.attempts,
        isLeased: event.leaseUntil !== null && event.leaseUntil.toISOString() > now,
      }),
      effects: reveal ? effects : effects.map(maskChange),
      reply:
        reply === null
          ? null
          : {
              body: reveal ? reply.body : null,
              createdAt: reply.createdAt.toISOString(),
              handedOutAt: reply.handedOutAt?.toISOString() ?? null,
            },
      replays: replays.map(({ replayId, replay, result, at }) => ({
        id: replayId,
        reason: replay.reason,
        result,
        at: at?.toISOString() ?? null,
      })),
      payload:
        payload === null
          ? null
          : {
              receivedAt: payload.receivedAt.toISOString(),
              bytes: payload.body.length,
              headers: ValuesSchema.parse(payload.headers),
              body: reveal ? body : maskPayload(body),
            },
    };
  }).catch((error: unknown) => {
    access.signal.throwIfAborted();
    throw statementError(error, 'show the event');
  });
}

interface RecordedAttempt {
  number: number;
  runId: string;
  run: { command: string };
  startedAt: Date;
  finishedAt: Date;
  result: string;
  error: string | null;
}

function endedAttempt({ number, runId, run, startedAt, finishedAt, result, error }: RecordedAttempt) {
  return {
    number,
    run: runId,
    command: run.command,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    result,
    error,
  };
}
