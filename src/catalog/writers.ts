import { placesOf, type Use } from './use.js';

/** What writes which columns. Tests compare it with every call of `changeRows` and `createRow`. */
export interface Writer extends Use {
  /** What makes it write, where it does not do so because somebody calls it. */
  on?: string;
  /** True where it writes them into new rows only. */
  creates?: boolean;
  /** True where undo cannot bring back what was there. */
  forgets?: boolean;
}

const NUMBERS = 'status currentBusinessId previousBusinessId assignedAt releasedAt cooldownUntil';
const TOTALS = 'totalOrders totalSpent lastOrderAt';
const PAID = { orders: 'status paymentId platformFee', customers: TOTALS };

/** Writers of the platform's columns. Each of them stamps updatedAt, where the table has it, and writes the ledger. */
export const WRITERS: readonly Writer[] = [
  { command: 'reconcile --apply', tables: { customers: TOTALS } },
  { command: 'segments --apply', tables: { customers: 'category' } },
  ...['phones recycle --apply', 'phones release --apply'].map((command) => ({
    command,
    tables: {
      phone_number_inventory: NUMBERS,
      business_customers: 'assignedPhoneNumber ezTextingNumberId providerNumberId',
    },
  })),
  { command: 'privacy retention --apply', forgets: true, tables: { sms_logs: 'message' } },
  { command: 'webhooks', on: 'checkout.session.completed', tables: PAID },
  {
    command: 'webhooks',
    on: 'checkout.session.completed',
    tables: {
      business_customers:
        'subscriptionStatus stripeCustomerId stripeSubscriptionId subscriptionTier onboardingCompleted',
    },
  },
  { command: 'webhooks', on: 'checkout.session.async_payment_succeeded', tables: PAID },
  { command: 'webhooks', on: 'payment_intent.succeeded', tables: PAID },
  { command: 'webhooks', on: 'charge.refunded', tables: PAID },
  // Not final: customers try again, and an order that is paid stays so.
  { command: 'webhooks', on: 'payment_intent.payment_failed', tables: {} },
  { command: 'webhooks', on: 'charge.failed', tables: {} },
  {
    command: 'webhooks',
    on: 'account.updated',
    tables: {
      business_customers: 'stripeChargesEnabled stripePayoutsEnabled stripeDetailsSubmitted stripeOnboardingComplete',
    },
  },
  { command: 'webhooks', on: 'customer.subscription.updated', tables: { business_customers: 'subscriptionStatus' } },
  {
    command: 'webhooks',
    on: 'customer.subscription.deleted',
    tables: { business_customers: 'subscriptionStatus isActive' },
  },
  {
    command: 'webhooks',
    on: 'sms.inbound',
    creates: true,
    tables: {
      sms_logs: 'id customerId direction message status twilioSid',
      customers: 'id phoneNumber businessId',
      orders: 'id customerId businessId menuId items totalAmount platformFee status',
    },
  },
  { command: 'webhooks', on: 'sms.inbound', tables: { customers: 'isActive' } },
  { command: 'webhooks', on: 'sms.status', tables: { sms_logs: 'status errorCode' } },
];

/** Commands that write the tables of the schema ops. */
export const OPS_WRITERS: Readonly<Record<string, readonly string[]>> = {
  'ops.migrations': ['db install'],
  'ops.runs': [
    'check',
    'nightly',
    'reconcile',
    'segments',
    'phones',
    'refresh',
    'undo',
    'privacy retention --apply',
    'webhooks',
  ],
  'ops.check_results': ['check'],
  'ops.change_log': [
    'reconcile --apply',
    'segments --apply',
    'phones',
    'undo --apply',
    'privacy retention --apply',
    'webhooks',
  ],
  'ops.watermarks': ['reconcile --apply', 'refresh'],
  'ops.settled_totals': ['reconcile --apply'],
  'ops.summaries': ['refresh', 'segments --apply'],
  'ops.daily_order_stats': ['refresh'],
  'ops.rfm_days': ['refresh', 'segments --apply'],
  'ops.customer_rfm_scores': ['refresh', 'segments --apply'],
  'ops.business_health': ['refresh'],
  'ops.kpi_snapshots': ['refresh'],
  'ops.webhook_inbox': ['webhooks', 'privacy retention --apply'],
  'ops.webhook_payloads': ['webhooks', 'privacy retention --apply'],
  'ops.webhook_attempts': ['webhooks', 'privacy retention --apply'],
  'ops.webhook_replies': ['webhooks', 'privacy retention --apply'],
  'ops.webhook_replays': ['webhooks replay --apply'],
  'ops.webhook_replay_events': ['webhooks replay --apply'],
};

/** What writes a column, in words: `webhooks (charge.refunded)`. What changes rows can be undone: undo writes too. */
export function writersOf(table: string, column: string): string[] {
  const own = OPS_WRITERS[table];
  if (own !== undefined) return [...own];
  // Both ways to write a row stamp it.
  const isStamp = column === 'updatedAt';
  const found = WRITERS.filter((writer) =>
    isStamp ? writer.tables[table] !== undefined : placesOf(writer).includes(`${table}.${column}`),
  );
  const words = found.map(({ command, on, creates }) => {
    const when = on === undefined ? '' : ` (${on}${creates === true ? ', new rows' : ''})`;
    return `${command}${when}`;
  });
  const isChanged = found.some(({ creates, forgets }) => creates !== true && forgets !== true);
  return [...new Set(words), ...(isChanged ? ['undo --apply'] : [])];
}
