import { couldNot } from '../db/errors.js';
import type { WebhookEvent } from '../db/generated/client.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import type { SessionLimits } from '../db/session.js';
import { type EventFilter, whereOf } from './filter.js';

/** An event of the inbox, without its payload. */
export interface EventRow {
  [column: string]: string | number | null;
  id: number;
  source: string;
  type: string;
  dedupeKey: string;
  subject: string | null;
  status: string;
  occurredAt: string;
  receivedAt: string;
  attempts: number;
  /** When it is due, while it is pending or waiting. */
  nextAttemptAt: string | null;
  lastError: string | null;
  verifiedBy: string;
  deliveries: number;
  conflicts: number;
  processedAt: string | null;
  outcome: string | null;
  task: string | null;
  deadReason: string | null;
}

export interface EventList {
  /** The database's clock. */
  now: string;
  filter: EventFilter;
  /** All events that the filter means, of which `rows` are the newest. */
  matched: number;
  rows: EventRow[];
}

export interface ListOptions {
  filter: EventFilter;
  limit: number;
  limits: SessionLimits;
  signal: AbortSignal;
}

/** Events of the inbox, newest first. Throws OPS_NOT_INSTALLED. */
export async function listEvents(pool: Pool, { filter, limit, ...access }: ListOptions): Promise<EventList> {
  await requireOps(pool, 'webhook_inbox', access);
  const { inPrismaSession } = await import('../db/prisma.js');
  return inPrismaSession(pool, access, async (prisma, now) => {
    const where = whereOf(filter, now);
    const matched = await prisma.webhookEvent.count({ where });
    const events = await prisma.webhookEvent.findMany({
      where,
      orderBy: [{ receivedAt: 'desc' }, { id: 'desc' }],
      take: limit,
      omit: { contentHash: true },
    });
    return { now, filter, matched, rows: events.map(rowOf) };
  }).catch(couldNot('list the events', access.signal));
}

/** The row as it is shown: times in ISO 8601, and no time of a next attempt where none is to come. */
export function rowOf(event: Omit<WebhookEvent, 'contentHash'>): EventRow {
  const isOpen = event.status === 'pending' || event.status === 'waiting';
  return {
    id: Number(event.id),
    source: event.source,
    type: event.eventType,
    dedupeKey: event.dedupeKey,
    subject: event.subject,
    status: event.status,
    occurredAt: event.occurredAt.toISOString(),
    receivedAt: event.receivedAt.toISOString(),
    attempts: event.attempts,
    nextAttemptAt: isOpen ? event.nextAttemptAt.toISOString() : null,
    lastError: event.lastError,
    verifiedBy: event.verifiedBy,
    deliveries: event.deliveryCount,
    conflicts: event.conflictCount,
    processedAt: event.processedAt?.toISOString() ?? null,
    outcome: event.outcome,
    task: event.task,
    deadReason: event.deadReason,
  };
}
