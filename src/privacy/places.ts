/** Where something about a person may stand: a table, how it is found, and what of it is shown. */
export interface Place {
  /** With the schema where it is not the platform's own: `ops.runs`. */
  table: string;
  /** SQL of what a row is known by. */
  key: string;
  /** Columns that hold a number, or an address. */
  phones?: readonly string[];
  emails?: readonly string[];
  /** Columns of text or JSON in which the person may be named, and of bytes. */
  texts?: readonly string[];
  bytes?: readonly string[];
  /** SQL conditions on rows that were found before (`$4`, see `Found`), by the reason that they give. */
  related?: Readonly<Record<string, string>>;
  /** Other tables that these conditions read. */
  needs?: readonly string[];
}

/** Ids of rows that belong to the person, by what they are; what is found later is found through them. */
export interface Found {
  customers: string[];
  businesses: string[];
  numbers: string[];
  orders: string[];
  messages: string[];
  events: string[];
}

export const NOTHING_FOUND: Found = {
  customers: [],
  businesses: [],
  numbers: [],
  orders: [],
  messages: [],
  events: [],
};

/** Whether a text is among the ids that were found. */
const among = (column: string, ...kinds: (keyof Found)[]) =>
  kinds.map((kind) => `($4::jsonb -> '${kind}') ? ${column}`).join(' OR ');

const EVENTS_NEED: readonly string[] = ['orders', 'sms_logs', 'ops.webhook_inbox', 'ops.change_log'];

/** Events about what was found, by their id. Uncorrelated, so that each subquery is evaluated once. */
function relatedEvents(id: string): Record<string, string> {
  return {
    'about such an order': `${id} IN (SELECT i.id FROM ops.webhook_inbox i WHERE ${among('i.subject', 'orders')}
      OR i.subject IN (SELECT o."paymentId" FROM orders o WHERE ${among('o.id', 'orders')}))`,
    'about such a message': `${id} IN (SELECT i.id FROM ops.webhook_inbox i
      WHERE i.subject IN (SELECT s."twilioSid" FROM sms_logs s WHERE ${among('s.id', 'messages')}))`,
    'changed such a row': `${id} IN (SELECT l.event_id FROM ops.change_log l WHERE ${ledgerOf('l')})`,
  };
}

/** In this order: what later ones are related to comes first. */
export const PLACES: readonly (Place & { found?: keyof Found })[] = [
  {
    table: 'customers',
    key: 'id',
    found: 'customers',
    phones: ['phoneNumber'],
    emails: ['email'],
    texts: ['name', 'notes', 'preferences'],
  },
  {
    table: 'business_customers',
    key: 'id',
    found: 'businesses',
    phones: ['assignedPhoneNumber'],
    emails: ['contactEmail'],
    texts: ['contactName'],
  },
  { table: 'phone_number_inventory', key: 'id', found: 'numbers', phones: ['phoneNumber'], texts: ['notes'] },
  { table: 'admin_users', key: 'id', emails: ['email'], texts: ['name'] },
  {
    table: 'orders',
    key: 'id',
    found: 'orders',
    texts: ['notes', 'deliveryTime'],
    related: { 'order of the customer': among('"customerId"', 'customers') },
  },
  {
    table: 'sms_logs',
    key: 'id',
    found: 'messages',
    texts: ['message'],
    related: { 'message of the customer': among('"customerId"', 'customers') },
  },
  {
    table: 'customer_list_members',
    key: 'id',
    texts: ['addedBy', 'notes'],
    related: { 'customer on the list': among('"customerId"', 'customers') },
  },
  {
    table: 'ops.webhook_payloads',
    key: 'event_id::text',
    found: 'events',
    texts: ['headers'],
    bytes: ['body'],
    related: relatedEvents('event_id'),
    needs: EVENTS_NEED,
  },
  {
    table: 'ops.webhook_inbox',
    key: 'id::text',
    related: { 'its payload was found': among('id::text', 'events'), ...relatedEvents('id') },
    needs: EVENTS_NEED,
  },
  {
    table: 'ops.webhook_replies',
    key: 'event_id::text',
    texts: ['body'],
    related: { 'answer to such an event': among('event_id::text', 'events') },
  },
  { table: 'ops.webhook_replays', key: 'id::text', texts: ['filter', 'reason'] },
  {
    table: 'ops.change_log',
    key: 'id::text',
    texts: ['before', 'after'],
    related: { 'changed such a row': ledgerOf('change_log') },
  },
  {
    table: 'ops.customer_rfm_scores',
    key: `customer_id || ' ' || as_of`,
    related: { 'score of the customer': among('customer_id', 'customers') },
  },
  {
    table: 'ops.settled_totals',
    key: 'customer_id',
    related: { 'totals of the customer': among('customer_id', 'customers') },
  },
];

/** The ledger's entries of rows that were found. */
function ledgerOf(alias: string): string {
  const kinds: Readonly<Record<string, keyof Found>> = {
    customers: 'customers',
    business_customers: 'businesses',
    phone_number_inventory: 'numbers',
    orders: 'orders',
    sms_logs: 'messages',
  };
  return Object.entries(kinds)
    .map(([table, kind]) => `(${alias}.table_name = '${table}' AND ${among(`${alias}.row_id`, kind)})`)
    .join(' OR ');
}
