import * as z from 'zod';
import type { Outcome } from '../event.js';
import { type EventWork, handler, waitFor } from './handler.js';
import { changeOrder, isAnotherPayment, lockOrder, type Order } from './orders.js';
import { refundOf } from './refunds.js';
import { cents, code, currency, metadata, money, NO_ORDER, objectId } from './stripe.js';

const IntentSchema = z.object({
  data: z.object({
    object: z.object({ id: objectId, metadata, amount_received: cents, amount: cents, currency }),
  }),
});

const FailureSchema = z.object({
  data: z.object({
    object: z.object({ metadata, failure_code: code, last_payment_error: z.object({ code }).nullish() }),
  }),
});

/** A payment that Stripe says is complete. */
export interface Payment {
  orderId: string;
  id: string;
  /** In the smallest unit of the currency; null where the event does not say. */
  amount: number | null;
  currency: string | null;
}

/** An order of the platform is paid; other payments are none of its business. */
export const paymentSucceeded = handler(IntentSchema, async ({ payload, ...work }) => {
  const { id, metadata: about, amount_received, amount, currency: unit } = payload.data.object;
  const orderId = about.orderId;
  if (orderId === undefined) return NO_ORDER;
  return payOrder(work, { orderId, id, amount: amount_received ?? amount ?? null, currency: unit ?? null });
});

/** Notes the failure, and changes nothing: another attempt of the customer may succeed. */
export const paymentFailed = handler(FailureSchema, async ({ session, payload }) => {
  const { metadata: about, failure_code, last_payment_error } = payload.data.object;
  const orderId = about.orderId;
  if (orderId === undefined) return NO_ORDER;
  const order = await lockOrder(session, orderId);
  if (order === null) return waitFor(`order ${orderId}`);
  const why = failure_code ?? last_payment_error?.code;
  const what = `A payment failed${why === null || why === undefined ? '' : ` (${why})`}`;
  return { kind: 'processed', outcome: `${what}, which is not final: the order stays ${order.status}.` };
});

/** Marks an order as paid, once; says what is odd about it. */
export async function payOrder({ session, event, author, around }: EventWork, payment: Payment): Promise<Outcome> {
  const order = await lockOrder(session, payment.orderId);
  if (order === null) return waitFor(`order ${payment.orderId}`);
  if (order.status === 'CANCELLED' || isAnotherPayment(order, payment.id)) {
    const what =
      order.status === 'CANCELLED' ? 'Paid after the order was CANCELLED' : 'The order was paid a second time';
    switch (await refundOf(await around.inbox(), payment, event.id)) {
      case 'done':
        return { kind: 'processed', outcome: `${what}, and refunded since: nothing is to be done.` };
      case 'asked for':
        return { kind: 'processed', outcome: `${what}: another event of this payment asks for the refund.` };
      case 'needed':
        return {
          kind: 'processed',
          outcome: `${what}: a refund is needed.${oddities(order, payment)}`,
          task: 'refund needed',
        };
    }
  }
  const isOpen = order.status === 'PENDING' || order.status === 'CONFIRMED';
  const status = isOpen ? 'PAID' : order.status;
  await changeOrder(session, author, order, {
    status,
    paymentId: payment.id,
    reason: `payment ${payment.id} succeeded`,
    sold: around.sold,
  });
  const what = isOpen
    ? `Paid: the order went from ${order.status} to PAID`
    : `Paid: the order is ${order.status} already`;
  return { kind: 'processed', outcome: `${what}.${oddities(order, payment)}` };
}

/** A payment link carried the price of its time, and a payment that was made is made: it counts, and this is said. */
function oddities({ totalAmount }: Order, { amount, currency: unit }: Payment): string {
  if (amount === null || unit === null) return '';
  if (unit.toLowerCase() !== 'usd') return ` It was paid in ${unit.toUpperCase()}, and the order's total is in USD.`;
  if (amount === totalAmount) return '';
  return ` ${money(amount, unit)} was paid, and the order's total is ${money(totalAmount, 'usd')}.`;
}
