import type { Business } from '../businesses.js';
import { DAY, HOUR, timestamp } from '../calendar.js';
import { between, choose, type Stream, stream } from '../random.js';
import { providerIds } from '../row-ids.js';
import { FIRST_NAMES, LAST_NAMES } from '../vocabulary.js';
import { PROMOS, promoId } from './promo-codes.js';
import type { Cell, SeededTable } from './table.js';

export const businessCustomers: SeededTable = {
  name: 'business_customers',
  columns: (generation) => [
    ...[
      'id',
      'businessName',
      'contactName',
      'contactEmail',
      'zipCode',
      'assignedPhoneNumber',
      'areaCode',
      'city',
      'state',
    ],
    ...[
      'isActive',
      'onboardingCompleted',
      'subscriptionStatus',
      'monthlyLimit',
      'currentUsage',
      'stripeConnectAccountId',
    ],
    ...['stripeAccountStatus', 'stripeOnboardingComplete', 'stripeDashboardEnabled', 'stripePayoutsEnabled'],
    ...['stripeChargesEnabled', 'stripeDetailsSubmitted', 'stripeCustomerId', 'stripeSubscriptionId'],
    ...[generation === 'newer' ? 'providerNumberId' : 'ezTextingNumberId', 'numberProvisionedAt', 'promoCodeId'],
    ...['promoCodeUsed', 'phoneNumberFeeWaived', 'subscriptionTier', 'createdAt', 'updatedAt'],
  ],
  expected: ({ businesses }) => businesses.length,
  *rows(world) {
    const draw = stream(world.seed, 'business_customers');
    const providerId = providerIds(world.seed, 'PN');
    for (const it of world.businesses) {
      const provisioned = it.phone === null ? null : timestamp(it.createdAt + HOUR);
      const promo = it.promo === null ? undefined : PROMOS[it.promo];
      const limit = it.tier === 'pro' ? 5000 : 1000;
      yield [
        ...[it.id, it.name, ...contact(it, draw), it.area.zip, it.phone, it.area.code, it.area.city, it.area.state],
        ...[
          it.status !== 'cancelled',
          it.status !== 'trial',
          it.status,
          limit,
          Math.floor(limit * 0.9 * draw(it.index, 1)),
        ],
        ...stripe(it, draw),
        ...[it.phone === null ? null : providerId(it.index), provisioned],
        ...[it.promo === null ? null : promoId(world, it.promo), promo?.code ?? null, promo?.freeNumber ?? false],
        ...[it.tier, timestamp(it.createdAt), timestamp(lastChange(it, world.now, draw))],
      ];
    }
  },
};

function contact({ index }: Business, draw: Stream): [name: string, email: string] {
  const name = `${choose(FIRST_NAMES, draw(index, 2))} ${choose(LAST_NAMES, draw(index, 3))}`;
  return [name, `kitchen${index + 1}@example.com`];
}

/** Connected accounts are complete or, during a trial, at some step of the way; payouts come last. */
function stripe({ index, status }: Business, draw: Stream): Cell[] {
  const step = status === 'trial' ? between(0, 2, draw(index, 4)) : 3;
  const account = `acct_${String(index).padStart(16, '0')}`;
  const subscription = status === 'trial' ? null : `sub_${String(index).padStart(14, '0')}`;
  return [
    ...[step > 0 ? account : null, step === 3 ? 'active' : 'pending', step === 3, step === 3, step === 3],
    ...[step > 1, step > 0, `cus_${String(index).padStart(14, '0')}`, subscription],
  ];
}

function lastChange({ index, createdAt, closedAt }: Business, now: number, draw: Stream): number {
  if (closedAt < now) return closedAt;
  return Math.floor(createdAt + HOUR + draw(index, 5) * Math.max(Math.min(now - createdAt - HOUR, 200 * DAY), 0));
}
