import * as z from 'zod';
import { changeRows } from '../../db/ledger.js';
import { handler, waitFor } from './handler.js';
import { isOutdated } from './order-of-events.js';
import { objectId } from './stripe.js';

const AccountSchema = z.object({
  data: z.object({
    object: z.object({
      id: objectId,
      charges_enabled: z.boolean(),
      payouts_enabled: z.boolean(),
      details_submitted: z.boolean(),
    }),
  }),
});

/** Gives a business the flags of its account at Stripe. */
export const accountUpdated = handler(AccountSchema, async ({ session, event, payload, author, around }) => {
  const { id, charges_enabled: charges, payouts_enabled: payouts, details_submitted: details } = payload.data.object;
  const { rows } = await session.query<{ id: string }>(
    `SELECT id FROM business_customers WHERE "stripeConnectAccountId" = $1 FOR NO KEY UPDATE`,
    [id],
  );
  const [business] = rows;
  if (business === undefined) return waitFor(`business with the account ${id}`);
  if (await isOutdated(await around.inbox(), event, id, [event.type])) {
    return { kind: 'processed', outcome: 'A later state of the account is in already: nothing was changed.' };
  }
  const isComplete = charges && payouts && details;
  const { changed } = await changeRows(session, {
    ...author,
    table: 'business_customers',
    columns: ['stripeChargesEnabled', 'stripePayoutsEnabled', 'stripeDetailsSubmitted', 'stripeOnboardingComplete'],
    ids: [business.id],
    values: `
      SELECT id, 'its account at Stripe changed' AS reason, $2::boolean AS "stripeChargesEnabled",
        $3::boolean AS "stripePayoutsEnabled", $4::boolean AS "stripeDetailsSubmitted", $5::boolean AS "stripeOnboardingComplete"
      FROM business_customers WHERE id = ANY ($1::text[])`,
    parameters: [charges, payouts, details, isComplete],
    whenLocked: 'wait',
  });
  const on = (flag: boolean) => (flag ? 'on' : 'off');
  const state = `charges ${on(charges)}, payouts ${on(payouts)}, details ${details ? '' : 'not '}submitted`;
  const what =
    changed.length === 0 ? 'The business has these flags already' : 'The business has the flags of its account';
  return { kind: 'processed', outcome: `${what}: ${state}.` };
});
