/**
 * What each column of the platform and of the schema ops holds about a person, in one place. Masking, redaction, exports,
 * `smsfood privacy` and the data dictionary read it. A column that is not here is masked: nobody has said what is in it.
 */

const PERSONAL_KINDS = ['phone', 'email', 'name', 'text', 'secret'] as const;
export type PersonalKind = (typeof PERSONAL_KINDS)[number];

/** Columns of both generations by their tag, names separated by spaces; `plain` for those that say nothing about a person. */
const TAGS: Readonly<Record<string, Readonly<Partial<Record<PersonalKind | 'plain', string>>>>> = {
  customers: {
    phone: 'phoneNumber',
    name: 'name',
    email: 'email',
    text: 'preferences notes',
    plain: 'id businessId isActive tags category lastOrderAt totalOrders totalSpent createdAt updatedAt',
  },
  business_customers: {
    name: 'contactName',
    email: 'contactEmail',
    phone: 'assignedPhoneNumber',
    plain: `id businessName zipCode areaCode city state isActive onboardingCompleted subscriptionStatus monthlyLimit currentUsage
      stripeConnectAccountId stripeAccountStatus stripeOnboardingComplete stripeDashboardEnabled stripePayoutsEnabled
      stripeChargesEnabled stripeDetailsSubmitted stripeCustomerId stripeSubscriptionId ezTextingNumberId providerNumberId
      numberProvisionedAt promoCodeId promoCodeUsed phoneNumberFeeWaived subscriptionTier createdAt updatedAt`,
  },
  phone_number_inventory: {
    phone: 'phoneNumber',
    text: 'notes',
    plain: `id ezTextingNumberId providerNumberId areaCode status currentBusinessId previousBusinessId assignedAt releasedAt
      purchasedAt monthlyPrice source cooldownUntil createdAt updatedAt`,
  },
  promo_codes: {
    plain: `id code discountType discountValue freePhoneNumber freeSubscription isActive maxUses currentUses description expiresAt
      createdAt updatedAt`,
  },
  customer_lists: { plain: 'id name description color isActive businessCustomerId createdAt updatedAt' },
  customer_list_members: { name: 'addedBy', text: 'notes', plain: 'id customerListId customerId addedAt' },
  menus: { plain: 'id businessId date title isActive createdAt updatedAt' },
  menu_items: { plain: 'id businessId menuId name description price isAvailable category imageUrl' },
  orders: {
    secret: 'paymentUrl',
    text: 'deliveryTime notes',
    plain: 'id customerId businessId menuId items totalAmount platformFee status paymentId createdAt updatedAt',
  },
  sms_logs: { text: 'message', plain: 'id customerId direction status twilioSid errorCode createdAt' },
  admin_users: { email: 'email', secret: 'password', name: 'name', plain: 'id role isActive createdAt updatedAt' },
  'ops.migrations': { plain: 'name checksum applied_at' },
  'ops.runs': { plain: 'id command arguments version host started_at finished_at status exit_code feature summary' },
  'ops.check_results': {
    plain: 'run_id check_id dimension level status violations rows cents value duration_ms scope reason',
  },
  'ops.change_log': { text: 'before after', plain: 'id run_id table_name row_id reason at undone_by event_id' },
  'ops.watermarks': { plain: 'name at full_at run_id sold_statuses' },
  'ops.settled_totals': { plain: 'customer_id orders spent_cents last_sold_at' },
  'ops.summaries': { plain: 'name timezone sold_statuses refreshed_at' },
  'ops.daily_order_stats': {
    plain: `business_day business_id orders pending_orders confirmed_orders paid_orders preparing_orders ready_orders
      delivered_orders cancelled_orders sold_orders gmv_cents fee_cents customers new_customers refreshed_at`,
  },
  'ops.rfm_days': { plain: 'day customers timezone sold_statuses computed_at' },
  'ops.customer_rfm_scores': {
    plain: `customer_id as_of until last_sold_at frequency monetary_cents recency_score frequency_score monetary_score segment
      category computed_at`,
  },
  'ops.business_health': {
    plain: `day business_id subscription_status subscription_tier is_active mrr_cents has_number monthly_limit current_usage
      orders_28d sold_orders_28d gmv_28d_cents fee_28d_cents last_sold_day refreshed_at`,
  },
  'ops.kpi_snapshots': { plain: 'day kpi_id value unit computed_at' },
  'ops.webhook_inbox': {
    plain: `id source dedupe_key event_type subject occurred_at received_at status attempts next_attempt_at lease_token lease_until
      last_error verified_by delivery_count conflict_count content_hash processed_at outcome task dead_reason`,
  },
  'ops.webhook_payloads': { text: 'body headers', plain: 'event_id received_at' },
  'ops.webhook_attempts': { plain: 'id event_id number run_id started_at finished_at result error' },
  'ops.webhook_replies': { text: 'body', plain: 'event_id created_at handed_out_at' },
  'ops.webhook_replays': { text: 'filter reason', plain: 'id status selected started_at finished_at' },
  'ops.webhook_replay_events': { plain: 'replay_id position event_id result at' },
};

export interface ColumnTag {
  /** With the schema where it is not the platform's own: `ops.runs`. */
  table: string;
  column: string;
  tag: PersonalKind | 'plain';
}

/** Every column of both generations of the platform and of the schema ops, with its tag. */
export const COLUMN_TAGS: readonly ColumnTag[] = Object.entries(TAGS).flatMap(([table, tags]) =>
  [...PERSONAL_KINDS, 'plain' as const].flatMap((tag) =>
    (tags[tag] ?? '')
      .split(/\s+/)
      .filter((column) => column !== '')
      .map((column) => ({ table, column, tag })),
  ),
);

const BY_TABLE: ReadonlyMap<string, ReadonlyMap<string, PersonalKind | 'plain'>> = new Map(
  Object.keys(TAGS).map((name) => [
    name,
    new Map(COLUMN_TAGS.filter(({ table }) => table === name).map(({ column, tag }) => [column, tag])),
  ]),
);

/** The platform's tables. */
export const PLATFORM_TABLES: readonly string[] = Object.keys(TAGS).filter((table) => !table.startsWith('ops.'));

const PERSONAL = COLUMN_TAGS.filter(({ table, tag }) => tag !== 'plain' && PLATFORM_TABLES.includes(table));

/** The platform's columns with data about a person, as `table.column`. */
export const PERSONAL_COLUMNS: readonly string[] = PERSONAL.map(({ table, column }) => `${table}.${column}`);

/** Their names in lower case, whatever the table: what a log record calls so is not shown. */
export const PERSONAL_NAMES: ReadonlySet<string> = new Set(PERSONAL.map(({ column }) => column.toLowerCase()));

/**
 * What is known of a column: the kind of personal data in it, `plain` where there is none, or `unknown` for one that this
 * file does not know (a user's own, or one of a later schema): its text is then masked too.
 */
export function classify(table: string, column: string): PersonalKind | 'plain' | 'unknown' {
  return BY_TABLE.get(table)?.get(column) ?? 'unknown';
}

/** True where a table of the toolkit's own holds no personal data. `name` is its name with the schema. */
export function isFreeOfPersonalData(name: string): boolean {
  const tags = BY_TABLE.get(name);
  return name.startsWith('ops.') && tags !== undefined && [...tags.values()].every((tag) => tag === 'plain');
}

export const HIDDEN = '•••••';

/** The value as it may be shown: enough to recognise, too little to identify. null stays null. */
export function mask(value: unknown, kind: PersonalKind): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : HIDDEN;
  if (text.trim() === '') return text === '' ? '' : '(blank)';
  switch (kind) {
    case 'phone':
      return maskPhone(text);
    case 'email':
      return maskEmail(text);
    case 'name':
      return /^[\p{L}]/u.test(text) ? `${[...text][0]}${HIDDEN}` : HIDDEN;
    case 'text':
    case 'secret':
      return HIDDEN;
  }
}

/** A value of a column as it may be shown: as it is where the column says nothing about a person. */
export function maskColumn(table: string, column: string, value: unknown): unknown {
  const kind = classify(table, column);
  return kind === 'plain' ? value : mask(value, kind === 'unknown' ? 'text' : kind);
}

function maskPhone(text: string): string {
  const digits = text.replace(/\D/g, '');
  if (digits.length < 10) return HIDDEN;
  const head = text.startsWith('+') ? `+${digits.slice(0, 4)}` : digits.slice(0, 3);
  return `${head}${HIDDEN}${digits.slice(-2)}`;
}

function maskEmail(text: string): string {
  const at = text.indexOf('@');
  if (at < 1) return HIDDEN;
  const first = [...text][0] ?? '';
  return `${/\w/.test(first) ? first : ''}${HIDDEN}@${HIDDEN}`;
}
