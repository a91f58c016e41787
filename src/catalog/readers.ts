import { placesOf, type Use } from './use.js';

/**
 * Readers of the platform's columns, beside the checks, whose SQL is looked at, and the handlers of webhooks. A test compares it
 * with the statements that the commands send. `smsfood report` reads what the kpi reports and the checks read.
 */
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

/** Commands that read a column. */
export function readersOf(table: string, column: string): string[] {
  return READERS.filter((reader) => placesOf(reader).includes(`${table}.${column}`)).map(({ command }) => command);
}
