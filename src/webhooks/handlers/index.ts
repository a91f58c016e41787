import { accountUpdated } from './accounts.js';
import { checkoutCompleted } from './checkout.js';
import type { Handler } from './handler.js';
import { paymentFailed, paymentSucceeded } from './payments.js';
import { chargeRefunded } from './refunds.js';
import { smsInbound } from './sms-inbound.js';
import { smsStatus } from './sms-status.js';
import {
  SUBSCRIPTION_DELETED,
  SUBSCRIPTION_UPDATED,
  subscriptionDeleted,
  subscriptionUpdated,
} from './subscriptions.js';

/** Tables of the platform that handlers change, and in which they create rows: a run has to be allowed to. */
export const HANDLER_TABLES = {
  writes: ['orders', 'customers', 'business_customers', 'sms_logs'],
  creates: ['orders', 'customers', 'sms_logs'],
} as const;

/** What is done on each type of event. All others are stored, and ignored. */
export const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ['checkout.session.completed', checkoutCompleted],
  // Of payments that take days, such as by bank: the session was completed before, and unpaid.
  ['checkout.session.async_payment_succeeded', checkoutCompleted],
  ['payment_intent.succeeded', paymentSucceeded],
  ['payment_intent.payment_failed', paymentFailed],
  ['charge.failed', paymentFailed],
  ['charge.refunded', chargeRefunded],
  ['account.updated', accountUpdated],
  [SUBSCRIPTION_UPDATED, subscriptionUpdated],
  [SUBSCRIPTION_DELETED, subscriptionDeleted],
  ['sms.inbound', smsInbound],
  ['sms.status', smsStatus],
]);
