import * as z from 'zod';
import { maskChange, type RowChange } from '../changed-rows.js';
import { couldNot } from '../db/errors.js';
import type { Change, WebhookAttempt, WebhookPayload, WebhookReply } from '../db/generated/client.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import type { SessionLimits } from '../db/session.js';
import { type AttemptRow, allAttempts, type EndedAttempt } from './attempt-history.js';
import { findEvent } from './find-event.js';
import { type EventRow, rowOf } from './list.js';
import { maskPayload, readPayload } from './shown-payload.js';

/** A row of the platform that the event changed. */
export interface EventChange extends RowChange {
  at: string;
  reason: string;
  run: string;
  undoneBy: string | null;
}

export interface ShownEvent {
  /** The database's clock. */
  now: string;
  event: EventRow;
  attempts: AttemptRow[];
  effects: EventChange[];
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
    const where = { eventId: id };
    const event = await prisma.webhookEvent.findUniqueOrThrow({ where: { id } });
    const payload = await prisma.webhookPayload.findUnique({ where });
    const reply = await prisma.webhookReply.findUnique({ where });
    const attempts = await prisma.webhookAttempt.findMany({
      where,
      orderBy: { id: 'asc' },
      include: { run: { select: { command: true } } },
    });
    const changes = await prisma.change.findMany({ where, orderBy: { id: 'asc' }, take: MOST });
    const replays = await prisma.webhookReplayEvent.findMany({
      where,
      orderBy: { replay: { startedAt: 'asc' } },
      include: { replay: { select: { reason: true } } },
    });
    const effects = changes.map(effectOf);
    return {
      now,
      event: rowOf(event),
      attempts: allAttempts(attempts.map(endedAttempt), {
        status: event.status,
        attempts: event.attempts,
        isLeased: event.leaseUntil !== null && event.leaseUntil.toISOString() > now,
      }),
      effects: reveal ? effects : effects.map(maskChange),
      reply: reply === null ? null : replyOf(reply, reveal),
      replays: replays.map(({ replayId, replay, result, at }) => ({
        id: replayId,
        reason: replay.reason,
        result,
        at: at?.toISOString() ?? null,
      })),
      payload: payload === null ? null : payloadOf(payload, reveal),
    };
  }).catch(couldNot('show the event', access.signal));
}

type RecordedAttempt = WebhookAttempt & { run: { command: string } };

function endedAttempt({ number, runId, run, startedAt, finishedAt, result, error }: RecordedAttempt): EndedAttempt {
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

function effectOf({ at, tableName, rowId, before, after, reason, runId, undoneBy }: Change): EventChange {
  return {
    at: at.toISOString(),
    table: tableName,
    row: rowId,
    before: before === null ? null : ValuesSchema.parse(before),
    after: ValuesSchema.parse(after),
    reason,
    run: runId,
    undoneBy,
  };
}

function replyOf({ body, createdAt, handedOutAt }: WebhookReply, reveal: boolean): ShownEvent['reply'] {
  return {
    body: reveal ? body : null,
    createdAt: createdAt.toISOString(),
    handedOutAt: handedOutAt?.toISOString() ?? null,
  };
}

function payloadOf({ body, headers, receivedAt }: WebhookPayload, reveal: boolean): ShownEvent['payload'] {
  const content = readPayload(Buffer.from(body));
  return {
    receivedAt: receivedAt.toISOString(),
    bytes: body.length,
    headers: ValuesSchema.parse(headers),
    body: reveal ? content : maskPayload(content),
  };
}
