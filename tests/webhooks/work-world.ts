import type pg from 'pg';
import { expect } from 'vitest';
import { SmsfoodError } from '../../src/errors.js';
import type { VerifiedEvent } from '../../src/webhooks/event.js';
import { readEztexting } from '../../src/webhooks/sources/eztexting.js';
import { readStripe } from '../../src/webhooks/sources/stripe.js';
import { readForm, readTwilio } from '../../src/webhooks/sources/twilio.js';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { type Outcome, smsfood } from '../harness/run.js';

/** A row of the inbox, as tests look at it. */
export interface InboxRow extends pg.QueryResultRow {
  id: number;
  key: string;
  status: string;
  attempts: number;
  outcome: string | null;
  error: string | null;
  dead: string | null;
  task: string | null;
  reply: string | null;
}

export interface WorkWorld extends TestDatabase {
  rows(sql: string, values?: unknown[]): Promise<pg.QueryResultRow[]>;
  row(sql: string, values?: unknown[]): Promise<pg.QueryResultRow>;
  add(table: string, row: Record<string, unknown>): Promise<void>;
  /** Puts events into the inbox, as a receiver would have; returns their ids. */
  deliver(...events: (VerifiedEvent & { receivedAt?: string })[]): Promise<number[]>;
  /** Works with the real command until nothing is due that others have not taken, then stops it as SIGTERM does. */
  work(options?: { workers?: number; env?: Record<string, string> }): Promise<Outcome>;
  inbox(): Promise<InboxRow[]>;
  /** Lets every event that waits for its next attempt be due, and every lease be over. */
  makeDue(): Promise<void>;
  clear(): Promise<void>;
}

const TABLES = 'orders, sms_logs, menu_items, menus, customers, phone_number_inventory, business_customers';

export async function workWorld(generation: 'production' | 'newer' = 'production'): Promise<WorkWorld> {
  const database = await cloneWithOps(generation);
  const rows: WorkWorld['rows'] = async (sql, values) => (await database.query(sql, values)).rows;
  const atWork = async () =>
    (await rows(`SELECT id FROM ops.webhook_inbox WHERE status = 'processing' AND lease_until > now()`)).map(
      ({ id }) => id,
    );
  const isQuiet = async (others: readonly unknown[]) =>
    (
      await rows(
        `SELECT 1 FROM ops.webhook_inbox WHERE (status = 'processing' AND id <> ALL ($1::bigint[]))
           OR (status IN ('pending', 'waiting') AND next_attempt_at <= now()) LIMIT 1`,
        [others],
      )
    ).length === 0;
  return {
    ...database,
    rows,
    async row(sql, values) {
      const [row] = await rows(sql, values);
      if (row === undefined) throw new Error(`no row: ${sql}`);
      return row;
    },
    async add(table, row) {
      await database.query('SELECT make($1, $2)', [table, row]);
    },
    async deliver(...events) {
      const ids: number[] = [];
      for (const event of events) ids.push(await insertEvent((sql, values) => rows(sql, values), event));
      return ids;
    },
    async work({ workers = 2, env = {} } = {}) {
      const stop = new AbortController();
      const others = await atWork();
      const running = smsfood(['webhooks', 'work', '--workers', String(workers)], {
        env: { DATABASE_URL: database.url, ...env },
        signal: stop.signal,
      });
      let isEnded = false;
      void running.then(() => {
        isEnded = true;
      });
      try {
        await expect.poll(async () => isEnded || (await isQuiet(others)), { timeout: 30_000 }).toBe(true);
      } finally {
        stop.abort(new SmsfoodError('TERMINATED', 'Terminated.'));
      }
      return running;
    },
    async inbox() {
      const { rows: found } = await database.query<InboxRow>(
        `SELECT i.id::int AS id, dedupe_key AS key, status, attempts, outcome, last_error AS error, dead_reason AS dead, task, r.body AS reply
         FROM ops.webhook_inbox i LEFT JOIN ops.webhook_replies r ON r.event_id = i.id ORDER BY i.id`,
      );
      return found;
    },
    async makeDue() {
      await database.query(
        `UPDATE ops.webhook_inbox SET next_attempt_at = now() WHERE status IN ('pending', 'waiting');
         UPDATE ops.webhook_inbox SET lease_until = now() - interval '1 second' WHERE status = 'processing'`,
      );
    },
    async clear() {
      await database.query(`TRUNCATE ops.webhook_inbox, ops.change_log, ops.runs CASCADE; TRUNCATE ${TABLES} CASCADE`);
    },
  };
}

/** Puts an event into the inbox, as a receiver would have; returns its id. */
export async function insertEvent(
  query: (sql: string, values: unknown[]) => Promise<pg.QueryResultRow[]>,
  {
    source,
    dedupeKey,
    type,
    subject,
    occurredAt,
    body,
    contentHash,
    receivedAt,
  }: VerifiedEvent & { receivedAt?: string },
): Promise<number> {
  const [row] = await query(
    `WITH stored AS (
       INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, subject, occurred_at, received_at, verified_by, content_hash)
       VALUES ($1, $2, $3, $4, coalesce($5, $6, now()), coalesce($6, now()), 'secret 1', $7) RETURNING id
     )
     INSERT INTO ops.webhook_payloads (event_id, body) SELECT id, $8 FROM stored RETURNING event_id AS id`,
    [source, dedupeKey, type, subject, occurredAt, receivedAt ?? null, contentHash, body],
  );
  return Number(row?.id);
}

let events = 0;

function verified(event: VerifiedEvent | null): VerifiedEvent {
  if (event === null) throw new Error('the source cannot read this event');
  return event;
}

const origin = (body: string) => ({ verifiedBy: 'secret 1', headers: {}, body: Buffer.from(body) });

/** `at` in seconds since 1970. */
export function stripeEvent(type: string, object: Record<string, unknown>, at = 1_790_000_000): VerifiedEvent {
  events++;
  const value = { id: `evt_${events}`, type, created: at, data: { object } };
  return verified(readStripe(value, origin(JSON.stringify(value))));
}

export const succeeded = (orderId: string, { id = 'pi_1', amount = 2500, currency = 'usd' } = {}) =>
  stripeEvent('payment_intent.succeeded', {
    id,
    object: 'payment_intent',
    amount_received: amount,
    currency,
    metadata: { orderId },
  });

export const failed = (orderId: string, { id = 'pi_1' } = {}) =>
  stripeEvent('payment_intent.payment_failed', {
    id,
    object: 'payment_intent',
    metadata: { orderId },
    last_payment_error: { code: 'card_declined' },
  });

export const refunded = (
  orderId: string,
  {
    id = 'pi_1',
    amount = 2500,
    part,
    currency = 'usd',
  }: { id?: string; amount?: number; part?: number; currency?: string } = {},
) =>
  stripeEvent('charge.refunded', {
    id: `ch_${id}`,
    object: 'charge',
    payment_intent: id,
    amount,
    amount_refunded: part ?? amount,
    refunded: part === undefined || part === amount,
    currency,
    metadata: { orderId },
  });

export const checkout = (metadata: Record<string, string>, more: Record<string, unknown> = {}) =>
  stripeEvent('checkout.session.completed', {
    id: 'cs_1',
    object: 'checkout.session',
    payment_status: 'paid',
    payment_intent: 'pi_1',
    amount_total: 2500,
    currency: 'usd',
    metadata,
    ...more,
  });

export function smsStatus(sid: string, status: string, code = ''): VerifiedEvent {
  const body = new URLSearchParams({
    MessageSid: sid,
    MessageStatus: status,
    ...(code === '' ? {} : { ErrorCode: code }),
  });
  return verified(readTwilio('sms.status', readForm(Buffer.from(body.toString())), origin(body.toString())));
}

export function text(body: string, { from = '+14045550101', to = '+14705550199' } = {}): VerifiedEvent {
  events++;
  const form = new URLSearchParams({ MessageSid: `SM${events}`, From: from, To: to, Body: body }).toString();
  return verified(readTwilio('sms.inbound', readForm(Buffer.from(form)), origin(form)));
}

export function eztext(
  value: Record<string, unknown>,
  kind: 'sms.inbound' | 'sms.status' = 'sms.inbound',
): VerifiedEvent {
  events++;
  const content = { id: `ez${events}`, ...value };
  return verified(readEztexting(kind, content, origin(JSON.stringify(content))));
}
