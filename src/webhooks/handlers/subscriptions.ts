import * as z from 'zod';
import { changeRows } from '../../db/ledger.js';
import type { Session } from '../../db/session.js';
import type { Outcome, StoredEvent } from '../event.js';
import { type EventWork, handler, waitFor } from './handler.js';
import { hasEnded, isOutdated } from './order-of-events.js';
import { metadata, objectId } from './stripe.js';

export const SUBSCRIPTION_UPDATED = 'customer.subscription.updated';
export const SUBSCRIPTION_DELETED = 'customer.subscription.deleted';

const SubscriptionSchema = z.object({
  data: z.object({
    object: z.object({
      id: objectId,
      customer: objectId.nullish(),
      status: z.string().regex(/^[a-z_]{1,40}$/),
      metadata,
    }),
  }),
});

/** The platform's own spelling. Others of Stripe's mean nothing to it: incomplete, incomplete_expired, paused. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ['trialing', 'trial'],
  ['active', 'active'],
  ['canceled', 'cancelled'],
  ['past_due', 'suspended'],
  ['unpaid', 'suspended'],
]);

interface Business {
  id: string;
  subscription: string | null;
}

/** By its subscription, its customer, or what the platform wrote on the subscription; ours until the transaction ends. */
async function lockBusiness(
  session: Session,
  subscription: z.infer<typeof SubscriptionSchema>['data']['object'],
): Promise<Business | null> {
  const { rows } = await session.query<Business>(
    `SELECT id, "stripeSubscriptionId" AS subscription FROM business_customers
     WHERE "stripeSubscriptionId" = $1 OR "stripeCustomerId" = $2 OR id = $3
     ORDER BY "stripeSubscriptionId" = $1 DESC NULLS LAST, "stripeCustomerId" = $2 DESC NULLS LAST LIMIT 1
     FOR NO KEY UPDATE`,
    [subscription.id, subscription.customer ?? null, subscription.metadata.businessId ?? null],
  );
  return rows[0] ?? null;
}

/** Gives a business the status of its subscription, in the platform's spelling. */
export const subscriptionUpdated = handler(SubscriptionSchema, async ({ session, event, payload, author, around }) => {
  const { object: subscription } = payload.data;
  const business = await lockBusiness(session, subscription);
  if (business === null) return waitFor(`business with the subscription ${subscription.id}`);
  if (isAnother(business, subscription.id)) return anotherSubscription();
  const inbox = await around.inbox();
  if (await hasEnded(inbox, subscription.id, SUBSCRIPTION_DELETED)) {
    return { kind: 'processed', outcome: 'The subscription has ended by now: nothing was changed.' };
  }
  if (await isOutdated(inbox, event, subscription.id, [SUBSCRIPTION_UPDATED])) {
    return { kind: 'processed', outcome: 'A later state of the subscription is in already: nothing was changed.' };
  }
  const status = STATUSES.get(subscription.status);
  if (status === undefined) {
    const outcome = `Stripe's status ${subscription.status} has no counterpart here: nothing was changed.`;
    return { kind: 'processed', outcome };
  }
  const { changed } = await changeRows(session, {
    ...author,
    table: 'business_customers',
    columns: ['subscriptionStatus'],
    ids: [business.id],
    values: `
      SELECT id, $3::text AS reason, $2::text AS "subscriptionStatus" FROM business_customers WHERE id = ANY ($1::text[])`,
    parameters: [status, `its subscription is ${subscription.status} at Stripe`],
    whenLocked: 'wait',
  });
  return { kind: 'processed', outcome: `The subscription is ${status}${changed.length === 0 ? ' already' : ' now'}.` };
});

/** Ends the subscription of a business, which is inactive from then on. */
export const subscriptionDeleted = handler(SubscriptionSchema, async ({ session, payload, author }) => {
  const { object: subscription } = payload.data;
  const business = await lockBusiness(session, subscription);
  if (business === null) return waitFor(`business with the subscription ${subscription.id}`);
  if (isAnother(business, subscription.id)) return anotherSubscription();
  const { changed } = await changeRows(session, {
    ...author,
    table: 'business_customers',
    columns: ['subscriptionStatus', 'isActive'],
    ids: [business.id],
    values: `
      SELECT id, 'its subscription ended' AS reason, 'cancelled'::text AS "subscriptionStatus", false AS "isActive"
      FROM business_customers WHERE id = ANY ($1::text[])`,
    whenLocked: 'wait',
  });
  const what = changed.length === 0 ? 'is cancelled and inactive already' : 'is cancelled and inactive now';
  return { kind: 'processed', outcome: `The business ${what}; its number is left to \`smsfood phones recycle\`.` };
});

/** The end of an earlier subscription is not that of the present one. */
function isAnother({ subscription }: Business, id: string): boolean {
  return subscription !== null && subscription !== id;
}

function anotherSubscription(): Outcome {
  return { kind: 'processed', outcome: 'The business has another subscription by now: nothing was changed.' };
}

/** What a completed checkout says of a business. */
export interface Checkout {
  businessId: string;
  plan: string | null;
  customer: string | null;
  subscription: string | null;
}

/** Gives a business the subscription that it has just paid, unless that has changed or ended since. */
export async function startSubscription(
  { session, event, author, around }: EventWork,
  { businessId, plan, customer, subscription }: Checkout,
): Promise<Outcome> {
  const { rows } = await session.query<{ isActive: boolean }>(
    `SELECT "isActive" FROM business_customers WHERE id = $1 FOR UPDATE`,
    [businessId],
  );
  const [business] = rows;
  if (business === undefined) return waitFor(`business ${businessId}`);
  const inbox = await around.inbox();
  if (await hasLaterCheckout(inbox, businessId, event)) return anotherSubscription();
  const isOver = subscription !== null && (await hasEnded(inbox, subscription, SUBSCRIPTION_DELETED));
  const isChanged = subscription !== null && (await isOutdated(inbox, event, subscription, [SUBSCRIPTION_UPDATED]));
  const tier = plan === 'starter' || plan === 'pro' ? plan : null;
  await changeRows(session, {
    ...author,
    table: 'business_customers',
    columns: [
      'subscriptionStatus',
      'stripeCustomerId',
      'stripeSubscriptionId',
      'subscriptionTier',
      'onboardingCompleted',
    ],
    ids: [businessId],
    values: `
      SELECT id, 'its subscription was paid' AS reason, coalesce($2::text, "subscriptionStatus") AS "subscriptionStatus",
        coalesce($3::text, "stripeCustomerId") AS "stripeCustomerId",
        coalesce($4::text, "stripeSubscriptionId") AS "stripeSubscriptionId",
        coalesce($5::text, "subscriptionTier") AS "subscriptionTier", true AS "onboardingCompleted"
      FROM business_customers WHERE id = ANY ($1::text[])`,
    parameters: [isOver || isChanged ? null : 'active', customer, subscription, tier],
    whenLocked: 'wait',
    changesKeys: true,
  });
  const status = isOver ? 'which has ended since' : isChanged ? 'whose status has changed since' : 'which is active';
  const notes = [
    tier === null ? ` It names no plan that is known: the tier stays.` : '',
    business.isActive ? '' : ' isActive is false, and stays so: that is for a person to decide.',
  ];
  return { kind: 'processed', outcome: `The business has its subscription, ${status}.${notes.join('')}` };
}

/** Told by the ledger: which event gave the business its subscription. */
async function hasLaterCheckout(inbox: Session, businessId: string, event: StoredEvent): Promise<boolean> {
  const { rowCount } = await inbox.query(
    `SELECT FROM ops.change_log l JOIN ops.webhook_inbox i ON i.id = l.event_id
     WHERE l.table_name = 'business_customers' AND l.row_id = $1 AND l.after ? 'stripeSubscriptionId'
       AND (i.occurred_at, i.id) > ($2::timestamptz, $3::bigint) LIMIT 1`,
    [businessId, event.occurredAt, event.id],
  );
  return (rowCount ?? 0) > 0;
}
