import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkout, stripeEvent, type WorkWorld, workWorld } from './work-world.js';

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.clear());

const business = async (id = 'b1') =>
  world.row(
    `SELECT "subscriptionStatus" AS status, "isActive" AS active, "subscriptionTier" AS tier, "onboardingCompleted" AS done,
       "stripeCustomerId" AS customer, "stripeSubscriptionId" AS subscription FROM business_customers WHERE id = $1`,
    [id],
  );

const T = 1_790_000_000;
const paid = (id = 'sub_1', { at = T, plan = 'pro' } = {}) => ({
  ...checkout({ businessId: 'b1', plan }, { payment_intent: null, subscription: id, customer: 'cus_1' }),
  occurredAt: new Date(at * 1000).toISOString(),
});
const updated = (status: string, at = T, id = 'sub_1') =>
  stripeEvent('customer.subscription.updated', { id, object: 'subscription', customer: 'cus_1', status }, at);
const deleted = (at = T, id = 'sub_1') =>
  stripeEvent(
    'customer.subscription.deleted',
    { id, object: 'subscription', customer: 'cus_1', status: 'canceled' },
    at,
  );

describe('a subscription', () => {
  it('begins with its checkout', async () => {
    await world.add('business_customers', {
      id: 'b1',
      subscriptionStatus: 'trial',
      subscriptionTier: 'starter',
      onboardingCompleted: false,
    });
    await world.deliver(paid());
    await world.work();
    expect(await business()).toEqual({
      status: 'active',
      active: true,
      tier: 'pro',
      done: true,
      customer: 'cus_1',
      subscription: 'sub_1',
    });
    expect((await world.inbox())[0]?.outcome).toBe('The business has its subscription, which is active.');
  });

  it('begins without a payment where it is free, and not while it is unpaid', async () => {
    await world.add('business_customers', { id: 'b1', subscriptionStatus: 'trial', isActive: false });
    const free = { payment_intent: null, subscription: 'sub_1', payment_status: 'no_payment_required' };
    await world.deliver(checkout({ businessId: 'b1' }, { ...free, payment_status: 'unpaid' }));
    await world.work();
    expect(await business()).toMatchObject({ status: 'trial' });
    await world.deliver(checkout({ businessId: 'b1', plan: 'gold' }, free));
    await world.work();
    expect(await business()).toMatchObject({ status: 'active', active: false, tier: 'starter' });
    expect((await world.inbox())[1]?.outcome).toBe(
      'The business has its subscription, which is active. It names no plan that is known: the tier stays. isActive is false, and stays so: that is for a person to decide.',
    );
  });

  it('has its status in the platform’s own spelling, where that has one', async () => {
    const spellings = {
      trialing: 'trial',
      active: 'active',
      canceled: 'cancelled',
      past_due: 'suspended',
      unpaid: 'suspended',
      incomplete: 'as it was',
      constructor: 'as it was',
    };
    for (const status of Object.keys(spellings)) {
      await world.add('business_customers', {
        id: status,
        stripeSubscriptionId: status,
        subscriptionStatus: 'as it was',
      });
      await world.deliver(updated(status, T, status));
    }
    await world.work();
    for (const [status, here] of Object.entries(spellings)) {
      expect(await business(status), status).toMatchObject({ status: here, active: true });
    }
    expect(await world.rows(`SELECT 1 FROM ops.webhook_inbox WHERE status <> 'processed'`)).toEqual([]);
  });

  it('that ends makes the business cancelled and inactive, and leaves the number', async () => {
    await world.add('business_customers', {
      id: 'b1',
      stripeSubscriptionId: 'sub_1',
      assignedPhoneNumber: '+14045550101',
    });
    await world.deliver(deleted());
    await world.work();
    expect(await business()).toMatchObject({ status: 'cancelled', active: false, subscription: 'sub_1' });
    expect(await world.row('SELECT "assignedPhoneNumber" AS n FROM business_customers')).toEqual({ n: '+14045550101' });
  });

  it('has the state that is the latest by Stripe’s clock, and an end is final', async () => {
    await world.add('business_customers', { id: 'b1' });
    const story = [
      paid('sub_1', { at: T }),
      updated('past_due', T + 10),
      updated('active', T + 20),
      updated('past_due', T + 30),
    ];
    for (const event of story.toReversed()) {
      await world.deliver(event);
      await world.work();
      await world.makeDue();
    }
    await world.work();
    expect(await business()).toMatchObject({ status: 'suspended', subscription: 'sub_1', tier: 'pro' });
    await world.deliver(deleted(T + 40), updated('active', T + 40));
    await world.work({ workers: 1 });
    await world.deliver(updated('active', T + 50), paid('sub_1', { at: T }));
    await world.work();
    expect(await business()).toMatchObject({ status: 'cancelled', active: false });
    expect(await world.rows(`SELECT 1 FROM ops.webhook_inbox WHERE status <> 'processed'`)).toEqual([]);
  });

  it('of earlier does not end the present one', async () => {
    await world.add('business_customers', {
      id: 'b1',
      stripeSubscriptionId: 'sub_2',
      stripeCustomerId: 'cus_1',
      subscriptionStatus: 'active',
    });
    await world.deliver(deleted(), updated('past_due'));
    await world.work();
    expect(await business()).toMatchObject({ status: 'active', active: true, subscription: 'sub_2' });
    await world.deliver(paid('sub_3', { at: T + 5 }));
    await world.work();
    await world.deliver(paid('sub_2', { at: T }));
    await world.work();
    expect(await business()).toMatchObject({ status: 'active', subscription: 'sub_3' });
  });

  it('that another business has is a conflict for a person', async () => {
    await world.add('business_customers', { id: 'b1' });
    await world.add('business_customers', { id: 'b2', stripeSubscriptionId: 'sub_1' });
    await world.deliver(paid());
    await world.work();
    expect((await world.inbox())[0]).toMatchObject({ status: 'dead', dead: 'conflict', attempts: 1 });
    expect(await business()).toMatchObject({ subscription: null });
  });
});

describe('an account', () => {
  const account = (flags: [boolean, boolean, boolean], at = T) =>
    stripeEvent(
      'account.updated',
      {
        id: 'acct_1',
        object: 'account',
        charges_enabled: flags[0],
        payouts_enabled: flags[1],
        details_submitted: flags[2],
      },
      at,
    );
  const flags = async () =>
    Object.values(
      await world.row(
        `SELECT "stripeChargesEnabled", "stripePayoutsEnabled", "stripeDetailsSubmitted", "stripeOnboardingComplete" FROM business_customers`,
      ),
    );

  it('gives the business its flags, complete with all three', async () => {
    await world.add('business_customers', { id: 'b1', stripeConnectAccountId: 'acct_1' });
    await world.deliver(account([true, false, true]));
    await world.work();
    expect(await flags()).toEqual([true, false, true, false]);
    await world.deliver(account([true, true, true], T + 1));
    await world.work();
    expect(await flags()).toEqual([true, true, true, true]);
    await world.deliver(account([false, false, false]));
    await world.work();
    expect(await flags()).toEqual([true, true, true, true]);
    expect((await world.inbox()).map(({ outcome }) => outcome)).toEqual([
      'The business has the flags of its account: charges on, payouts off, details submitted.',
      'The business has the flags of its account: charges on, payouts on, details submitted.',
      'A later state of the account is in already: nothing was changed.',
    ]);
  });

  it('waits for its business', async () => {
    await world.deliver(account([true, true, true]));
    await world.work();
    expect((await world.inbox())[0]).toMatchObject({
      status: 'waiting',
      outcome: 'There is no business with the account acct_1 yet.',
    });
  });
});
