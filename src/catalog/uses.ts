/**
 * Which commands write and read which columns. Tests compare both lists with the program: the writers with every call of
 * `changeRows` and `createRow`, the readers with the statements that the commands send.
 */

/** Columns by table, names separated by spaces. */
type Places = Readonly<Record<string, string>>;

interface Use {
  command: string;
  tables: Places;
}

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

/** Readers of the platform's columns, beside the checks, whose SQL is looked at, and the handlers of webhooks. */
export const READERS: readonly Use[] = [
  {
    command: 'kpi overview',
    tables: {
      business_customers: 'assignedPhoneNumber subscriptionStatus subscriptionTier',
      customers: 'isActive',
      orders: 'createdAt platformFee status totalAmount',
      sms_logs: 'createdAt',
    },
  },
  { command: 'kpi revenue', tables: { orders: 'createdAt platformFee status totalAmount' } },
  { command: 'kpi customers', tables: { orders: 'createdAt customerId id platformFee status' } },
  { command: 'kpi cohorts', tables: { orders: 'createdAt customerId platformFee status' } },
  { command: 'kpi rfm', tables: { customers: 'id', orders: 'createdAt customerId status totalAmount' } },
  { command: 'kpi menu', tables: { orders: 'createdAt id items status' } },
  {
    command: 'kpi sms',
    tables: { orders: 'createdAt status', sms_logs: 'createdAt direction errorCode message status twilioSid' },
  },
  {
    command: 'kpi businesses',
    tables: {
      business_customers:
        'assignedPhoneNumber businessName currentUsage id monthlyLimit onboardingCompleted stripeChargesEnabled stripePayoutsEnabled subscriptionStatus subscriptionTier',
      orders: 'businessId createdAt status totalAmount',
    },
  },
  { command: 'kpi funnel', tables: { customers: 'createdAt id', orders: 'createdAt customerId status' } },
  { command: 'kpi fulfilment', tables: { orders: 'createdAt deliveryTime status totalAmount updatedAt' } },
  { command: 'kpi forecast', tables: { orders: 'createdAt status totalAmount' } },
  {
    command: 'export orders',
    tables: {
      business_customers: 'businessName id',
      customers: 'id name phoneNumber',
      orders:
        'businessId createdAt customerId deliveryTime id items paymentId platformFee status totalAmount updatedAt',
    },
  },
  {
    command: 'export customers',
    tables: {
      customers:
        'category createdAt email id isActive lastOrderAt name phoneNumber tags totalOrders totalSpent updatedAt',
    },
  },
  {
    command: 'export invoices',
    tables: {
      business_customers: 'businessName createdAt id numberProvisionedAt phoneNumberFeeWaived',
      orders: 'businessId createdAt platformFee status totalAmount',
    },
  },
  {
    command: 'export tax',
    tables: {
      business_customers: 'businessName id state',
      orders: 'businessId createdAt platformFee status totalAmount',
    },
  },
  {
    command: 'export sms',
    tables: {
      customers: 'id phoneNumber',
      sms_logs: 'createdAt customerId direction errorCode id message status twilioSid',
    },
  },
  {
    command: 'reconcile',
    tables: {
      customers: 'id lastOrderAt totalOrders totalSpent',
      orders: 'businessId createdAt customerId status totalAmount',
    },
  },
  { command: 'segments', tables: { customers: 'category id', orders: 'createdAt customerId status totalAmount' } },
  {
    command: 'phones list',
    tables: {
      business_customers: 'assignedPhoneNumber ezTextingNumberId id isActive subscriptionStatus',
      phone_number_inventory:
        'areaCode assignedAt cooldownUntil currentBusinessId ezTextingNumberId id phoneNumber releasedAt status',
    },
  },
  {
    command: 'phones audit',
    tables: {
      business_customers: 'assignedPhoneNumber businessName id isActive subscriptionStatus',
      phone_number_inventory:
        'areaCode assignedAt cooldownUntil currentBusinessId id phoneNumber previousBusinessId purchasedAt releasedAt status updatedAt',
    },
  },
  {
    command: 'phones recycle',
    tables: {
      business_customers: 'assignedPhoneNumber businessName ezTextingNumberId id isActive subscriptionStatus',
      phone_number_inventory:
        'areaCode cooldownUntil currentBusinessId ezTextingNumberId id phoneNumber releasedAt status',
    },
  },
  {
    command: 'refresh',
    tables: {
      business_customers:
        'assignedPhoneNumber currentUsage id isActive monthlyLimit subscriptionStatus subscriptionTier',
      customers: 'category id isActive',
      orders: 'businessId createdAt customerId id platformFee status totalAmount',
      sms_logs: 'createdAt',
    },
  },
];

/** The names of a use's columns, as `table.column`. */
export function placesOf({ tables }: Use): string[] {
  return Object.entries(tables).flatMap(([table, columns]) => columns.split(' ').map((column) => `${table}.${column}`));
}

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

/** Commands that read a column. */
export function readersOf(table: string, column: string): string[] {
  return READERS.filter((reader) => placesOf(reader).includes(`${table}.${column}`)).map(({ command }) => command);
}
