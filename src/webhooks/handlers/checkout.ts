import * as z from 'zod';
import type { Outcome } from '../event.js';
import { handler } from './handler.js';
import { payOrder } from './payments.js';
import { cents, currency, metadata, objectId } from './stripe.js';
import { startSubscription } from './subscriptions.js';

const CheckoutSchema = z.object({
  data: z.object({
    object: z.object({
      id: objectId,
      payment_status: z.enum(['paid', 'unpaid', 'no_payment_required']),
      payment_intent: objectId.nullish(),
      amount_total: cents,
      currency,
      customer: objectId.nullish(),
      subscription: objectId.nullish(),
      metadata,
    }),
  }),
});

/** An order, or the subscription of a business; the first that the platform has named. */
export const checkoutCompleted = handler(CheckoutSchema, async ({ payload, ...work }) => {
  const { object: checkout } = payload.data;
  const { orderId, businessId, plan } = checkout.metadata;
  const isPaid = checkout.payment_status === 'paid';
  if (orderId !== undefined) {
    if (!isPaid) return notPaid(checkout.payment_status);
    const id = checkout.payment_intent ?? checkout.id;
    return payOrder(work, { orderId, id, amount: checkout.amount_total ?? null, currency: checkout.currency ?? null });
  }
  if (businessId === undefined) return { kind: 'ignored', outcome: 'It names neither an order nor a business.' };
  // A subscription that a promo code makes free is complete without a payment.
  if (!isPaid && checkout.payment_status !== 'no_payment_required') return notPaid(checkout.payment_status);
  const { customer = null, subscription = null } = checkout;
  return startSubscription(work, { businessId, plan: plan?.toLowerCase() ?? null, customer, subscription });
});

function notPaid(status: string): Outcome {
  return { kind: 'ignored', outcome: `Nothing is paid yet: payment_status is ${status}.` };
}
