import { happens, stripeId } from './random.js';
import type { Subjects } from './subjects.js';
import type { SimulatedEvent, Traffic } from './traffic.js';

/** Of all orders: payments that fail first, and payments that are given back in full. */
const FAILING_PERCENT = 15;
const REFUNDED_PERCENT = 5;
/** An account changes about once in so many orders. */
const ACCOUNT_PERCENT = 5;

/** What Stripe tells of orders that are being paid: each order's events in the order in which they happen. */
export async function stripeTraffic(subjects: Subjects, secret: string): Promise<Traffic> {
  const { default: Stripe } = await import('stripe');
  // Where the orders are used up they are told of again: of the same payments, as a second one would have to be refunded.
  const { orders, accounts } = subjects;
  const payments = orders.map((order) => ({ ...order, intent: stripeId('pi'), charge: stripeId('ch') }));
  let told = 0;
  return {
    next: () => {
      const place = told++;
      const payment = payments[place % payments.length];
      if (payment === undefined) throw new Error('no order to simulate events about');
      const account = accounts[place % accounts.length];
      return [
        ...paymentStory(payment),
        ...(account !== undefined && happens(ACCOUNT_PERCENT)
          ? [event('account.updated', accountObject(account))]
          : []),
      ];
    },
    sign: ({ body }) => {
      const payload = body.toString('utf8');
      return { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret }) };
    },
  };
}

type SimulatedPayment = Subjects['orders'][number] & { intent: string; charge: string };

function paymentStory({ id, cents, intent, charge }: SimulatedPayment): SimulatedEvent[] {
  const metadata = { orderId: id };
  const email = 'customer@example.com';
  const payment = (status: string, received: number) => ({
    id: intent,
    object: 'payment_intent',
    amount: cents,
    amount_received: received,
    currency: 'usd',
    status,
    latest_charge: charge,
    receipt_email: email,
    metadata,
  });
  const session = {
    id: stripeId('cs_test'),
    object: 'checkout.session',
    mode: 'payment',
    status: 'complete',
    payment_status: 'paid',
    payment_intent: intent,
    amount_total: cents,
    currency: 'usd',
    customer_details: { email, name: 'Ada Example', phone: '+14045550100' },
    metadata,
  };
  const refund = {
    id: charge,
    object: 'charge',
    amount: cents,
    amount_refunded: cents,
    currency: 'usd',
    refunded: true,
    payment_intent: intent,
    billing_details: { email, name: 'Ada Example' },
    metadata,
  };
  return [
    ...(happens(FAILING_PERCENT)
      ? [event('payment_intent.payment_failed', payment('requires_payment_method', 0))]
      : []),
    event('payment_intent.succeeded', payment('succeeded', cents)),
    event('checkout.session.completed', session),
    ...(happens(REFUNDED_PERCENT) ? [event('charge.refunded', refund)] : []),
  ];
}

function accountObject(id: string): Record<string, unknown> {
  return { id, object: 'account', charges_enabled: true, payouts_enabled: true, details_submitted: true };
}

function event(type: string, object: Record<string, unknown>): SimulatedEvent {
  const body = {
    id: stripeId('evt'),
    object: 'event',
    api_version: '2025-08-27.basil',
    created: Math.floor(Date.now() / 1000),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
  return { path: '/webhooks/stripe', contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) };
}
