import type { WebhookEvent } from '../../db/generated/client.js';
import type { Pool } from '../../db/pool.js';
import { inSession, type Session, type SessionLimits } from '../../db/session.js';
import { SmsfoodError } from '../../errors.js';
import { EVENT_STATUSES, keyOf, SOURCES, type VerifiedEvent } from '../event.js';
import { type EventFilter, whereOf } from '../filter.js';
import { findEvent } from '../find-event.js';
import { type Candidate, inOrder, type Selection, type Skip } from './candidate.js';

export interface SelectOptions {
  /** Replay what is processed already, too. */
  force: boolean;
  /** Of what is replayed, no more than this: the oldest. */
  limit: number;
  limits: SessionLimits;
  signal: AbortSignal;
}

const SELECTED = {
  id: true,
  source: true,
  eventType: true,
  dedupeKey: true,
  subject: true,
  occurredAt: true,
  status: true,
} as const;

/** The events of these ids, keys, or beginnings of keys. Throws NOT_FOUND. */
export async function selectByIds(pool: Pool, texts: readonly string[], options: SelectOptions): Promise<Selection> {
  const { inPrismaSession } = await import('../../db/prisma.js');
  return inPrismaSession(pool, options, async (prisma) => {
    const ids: bigint[] = [];
    for (const text of texts) ids.push(await findEvent(prisma, text));
    const events = await prisma.webhookEvent.findMany({ where: { id: { in: ids } }, select: SELECTED });
    return settle(events.map(candidateOf), events.length, options);
  });
}

/** The events of the inbox that a filter means, the oldest first. */
export async function selectByFilter(pool: Pool, filter: EventFilter, options: SelectOptions): Promise<Selection> {
  const { inPrismaSession } = await import('../../db/prisma.js');
  return inPrismaSession(pool, options, async (prisma, now) => {
    const where = whereOf(filter, now);
    const matched = await prisma.webhookEvent.count({ where });
    const events = await prisma.webhookEvent.findMany({
      where,
      select: SELECTED,
      orderBy: [{ occurredAt: 'asc' }, { id: 'asc' }],
      take: options.limit,
    });
    return settle(events.map(candidateOf), matched, options);
  });
}

function candidateOf(row: Pick<WebhookEvent, keyof typeof SELECTED>): Candidate {
  const source = SOURCES.find((each) => each === row.source);
  const status = EVENT_STATUSES.find((each) => each === row.status);
  if (source === undefined || status === undefined) throw new Error(`an event of ${row.source} that is ${row.status}`);
  const { eventType: type, dedupeKey, subject } = row;
  return {
    id: Number(row.id),
    source,
    type,
    dedupeKey,
    subject,
    occurredAt: row.occurredAt.toISOString(),
    status,
    event: null,
  };
}

/** Rows of one statement. */
const CHUNK = 1_000;

/** Events that were brought along, each once, with what the inbox knows of them already. */
export async function selectBrought(
  pool: Pool,
  events: readonly VerifiedEvent[],
  options: SelectOptions,
): Promise<Selection> {
  const firsts = new Map<string, VerifiedEvent>();
  let conflicts = 0;
  for (const event of events) {
    const first = firsts.get(keyOf(event));
    if (first === undefined) firsts.set(keyOf(event), event);
    else if (!first.contentHash.equals(event.contentHash)) conflicts += 1;
  }
  const known = await inSession(pool, { mode: 'read', ...options }, async (session) => {
    const all = new Map<string, Known>();
    const list = [...firsts.values()];
    for (let start = 0; start < list.length; start += CHUNK) {
      for (const each of await readKnown(session, list.slice(start, start + CHUNK))) all.set(keyOf(each), each);
    }
    return all;
  });
  const candidates = [...firsts].map(([key, event]): Candidate => {
    const there = known.get(key);
    if (there !== undefined && !there.contentHash.equals(event.contentHash)) conflicts += 1;
    const { source, type, dedupeKey, subject, occurredAt } = event;
    const own = { source, type, dedupeKey, subject, occurredAt, event };
    if (there === undefined) return { ...own, id: null, status: 'new' };
    return { ...own, id: there.id, status: there.status, occurredAt: there.occurredAt };
  });
  return { ...settle(candidates, candidates.length, { ...options, isBrought: true }), conflicts };
}

interface Known {
  id: number;
  source: string;
  dedupeKey: string;
  status: Exclude<Candidate['status'], 'new'>;
  occurredAt: string;
  contentHash: Buffer;
}

async function readKnown(session: Session, events: readonly VerifiedEvent[]): Promise<Known[]> {
  const { rows } = await session.query<Known>(
    `SELECT id, source, dedupe_key AS "dedupeKey", status, occurred_at AS "occurredAt", content_hash AS "contentHash"
     FROM ops.webhook_inbox JOIN unnest($1::text[], $2::text[]) AS given (source, dedupe_key) USING (source, dedupe_key)`,
    [events.map(({ source }) => source), events.map(({ dedupeKey }) => dedupeKey)],
  );
  return rows;
}

/** Sets aside what needs no replay, orders the rest, and cuts it. */
function settle(
  candidates: readonly Candidate[],
  matched: number,
  { force, limit, isBrought = false }: SelectOptions & { isBrought?: boolean },
): Selection {
  const judged = candidates.map((candidate) => ({ candidate, why: whyNot(candidate, force, isBrought) }));
  const wanted = judged.filter(({ why }) => why === null).map(({ candidate }) => candidate);
  const skipped = judged.flatMap(({ candidate, why }) => (why === null ? [] : [{ candidate, why }]));
  return { chosen: inOrder(wanted).slice(0, limit), skipped, matched, conflicts: 0 };
}

function whyNot({ status }: Candidate, force: boolean, isBrought: boolean): Skip | null {
  if (status === 'processing') return 'being processed';
  if (force) return null;
  if (status === 'processed') return 'processed already';
  return isBrought && status === 'ignored' ? 'ignored already' : null;
}

/** Throws NOTHING_SELECTED where nothing at all was meant. */
export function refuseNothing({ matched }: Selection, what: string): void {
  if (matched > 0) return;
  throw new SmsfoodError('NOTHING_SELECTED', `${what}: there is nothing to replay.`, 'See `smsfood webhooks list`.');
}
