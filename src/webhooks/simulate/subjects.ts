import { randomInt } from 'node:crypto';
import { couldNot } from '../../db/errors.js';
import type { Pool } from '../../db/pool.js';
import { inSession, type SessionLimits } from '../../db/session.js';
import { stripeId, twilioId } from './random.js';

/** What simulated events are about. */
export interface Subjects {
  /** Orders that wait for their payment. */
  orders: { id: string; cents: number }[];
  /** Messages that wait for word of their delivery, by the provider's id. */
  messages: string[];
  /** Who writes to whom. */
  conversations: { from: string; to: string }[];
  /** Connected accounts at Stripe. */
  accounts: string[];
}

/** Made up: no row of any database has these ids. The numbers are reserved for fiction. */
export function inventedSubjects(count: number): Subjects {
  const list = <T>(make: () => T) => Array.from({ length: Math.min(count, 1_000) }, make);
  const number = (area: string) => `+1${area}5550${String(randomInt(100, 200))}`;
  return {
    orders: list(() => ({ id: `c${twilioId('').slice(0, 24)}`, cents: randomInt(800, 9_000) })),
    messages: list(() => twilioId('SM')),
    conversations: list(() => ({ from: number('404'), to: number('470') })),
    accounts: list(() => stripeId('acct')),
  };
}

/** Of the database: its newest open orders, unanswered messages, customers and accounts; invented ones where it has none. */
export async function realSubjects(
  pool: Pool,
  count: number,
  { limits, signal }: { limits: SessionLimits; signal: AbortSignal },
): Promise<Subjects> {
  const invented = inventedSubjects(count);
  return inSession(pool, { mode: 'read', limits, signal }, async (session) => {
    const orders = await session.query<{ id: string; cents: number }>(
      `SELECT id, "totalAmount" AS cents FROM orders
       WHERE status IN ('PENDING', 'CONFIRMED') AND "totalAmount" > 0 ORDER BY "createdAt" DESC, id LIMIT 1000`,
    );
    const messages = await session.query<{ sid: string }>(
      `SELECT "twilioSid" AS sid FROM sms_logs
       WHERE direction = 'OUTBOUND' AND status = 'SENT' AND "twilioSid" IS NOT NULL ORDER BY "createdAt" DESC, id LIMIT 1000`,
    );
    const conversations = await session.query<{ from: string; to: string }>(
      `SELECT c."phoneNumber" AS "from", b."assignedPhoneNumber" AS "to"
       FROM (SELECT "phoneNumber", row_number() OVER (ORDER BY id) AS n FROM customers WHERE "phoneNumber" LIKE '+%' ORDER BY id LIMIT 1000) c
       JOIN (SELECT "assignedPhoneNumber", row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS of FROM business_customers WHERE "assignedPhoneNumber" LIKE '+%') b
         ON c.n % b.of = b.n - 1`,
    );
    const accounts = await session.query<{ id: string }>(
      `SELECT "stripeConnectAccountId" AS id FROM business_customers
       WHERE "stripeConnectAccountId" IS NOT NULL ORDER BY id LIMIT 1000`,
    );
    const orElse = <T>(found: T[], otherwise: T[]) => (found.length > 0 ? found : otherwise);
    return {
      orders: orElse(orders.rows, invented.orders),
      messages: orElse(
        messages.rows.map(({ sid }) => sid),
        invented.messages,
      ),
      conversations: orElse(conversations.rows, invented.conversations),
      accounts: orElse(
        accounts.rows.map(({ id }) => id),
        invented.accounts,
      ),
    };
  }).catch(couldNot('find orders and messages to simulate events about', signal));
}
