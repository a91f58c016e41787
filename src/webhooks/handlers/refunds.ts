import * as z from 'zod';
import type { Session } from '../../db/session.js';
import { readBody } from '../body.js';
import { handler, waitFor } from './handler.js';
import { changeOrder, isAnotherPayment, lockOrder } from './orders.js';
import { currency, metadata, money, NO_ORDER, objectId } from './stripe.js';

const ChargeSchema = z.object({
  data: z.object({
    object: z.object({
      metadata,
      payment_intent: objectId.nullish(),
      amount: z.int().min(0),
      amount_refunded: z.int().min(0),
      refunded: z.boolean().optional(),
      currency,
    }),
  }),
});

/** A refund in full cancels the order unless it was delivered, and settles the refund that was needed. */
export const chargeRefunded = handler(ChargeSchema, async ({ session, payload, author, around }) => {
  const { object: charge } = payload.data;
  const orderId = charge.metadata.orderId;
  if (orderId === undefined) return NO_ORDER;
  const order = await lockOrder(session, orderId);
  if (order === null) return waitFor(`order ${orderId}`);
  const intent = charge.payment_intent ?? null;
  if (!isFull(charge)) {
    const part = `${money(charge.amount_refunded, charge.currency)} of ${money(charge.amount, charge.currency)}`;
    return { kind: 'processed', outcome: `Refunded in part, ${part}: the order stays ${order.status}.` };
  }
  const settled = await settleRefund(await around.inbox(), order.id, intent);
  const tail = settled > 0 ? ' The refund that was needed is done.' : '';
  if (isAnotherPayment(order, intent)) {
    return {
      kind: 'processed',
      outcome: `Another payment than the order's was refunded: it stays ${order.status}.${tail}`,
    };
  }
  if (order.status === 'DELIVERED' || order.status === 'CANCELLED') {
    return { kind: 'processed', outcome: `Refunded in full: the order stays ${order.status}.${tail}` };
  }
  await changeOrder(session, author, order, {
    status: 'CANCELLED',
    paymentId: intent,
    reason: 'the payment was refunded in full',
    sold: around.sold,
  });
  return {
    kind: 'processed',
    outcome: `Refunded in full: the order went from ${order.status} to CANCELLED.${tail}`,
  };
});

function isFull({ refunded, amount, amount_refunded }: z.infer<typeof ChargeSchema>['data']['object']): boolean {
  return refunded ?? amount_refunded >= amount;
}

/** Events of one order or payment that speak of a payment intent; its id stands nowhere else. `$1` order, `$2` intent. */
const SPEAKS_OF_IT = `i.source = 'stripe' AND i.subject = ANY (ARRAY[$1, $2]::text[])
  AND ($2::text IS NULL OR position(convert_to($2::text, 'UTF8') IN p.body) > 0)`;

/**
 * How it stands with the refund of a payment that must not have been made: `done`, as an event that came first has told;
 * `asked for` by another event of the same payment; or still `needed`.
 */
export async function refundOf(
  inbox: Session,
  payment: { orderId: string; id: string },
  eventId: number,
): Promise<'done' | 'asked for' | 'needed'> {
  const { rows } = await inbox.query<{ type: string; task: string | null; body: Buffer }>(
    `SELECT i.event_type AS type, i.task, p.body FROM ops.webhook_inbox i JOIN ops.webhook_payloads p ON p.event_id = i.id
     WHERE ${SPEAKS_OF_IT} AND i.id <> $3 AND i.status = 'processed'`,
    [payment.orderId, payment.id, eventId],
  );
  const isDone = rows.some(({ type, body }) => {
    if (type !== 'charge.refunded') return false;
    const charge = ChargeSchema.safeParse(readBody({ source: 'stripe', body })).data?.data.object;
    return charge !== undefined && charge.payment_intent === payment.id && isFull(charge);
  });
  if (isDone) return 'done';
  return rows.some(({ task }) => task !== null) ? 'asked for' : 'needed';
}

/** Takes "refund needed" off the events of a payment that is refunded now. Returns how many had it. */
async function settleRefund(inbox: Session, orderId: string, intent: string | null): Promise<number> {
  const { rowCount } = await inbox.query(
    `UPDATE ops.webhook_inbox u SET task = NULL
     FROM ops.webhook_inbox i JOIN ops.webhook_payloads p ON p.event_id = i.id
     WHERE u.id = i.id AND i.task = 'refund needed' AND ${SPEAKS_OF_IT}`,
    [orderId, intent],
  );
  return rowCount ?? 0;
}
