/**
 * Which columns of the platform hold data about a person, in one place. Masking, exports and the dictionary read it.
 * A column that is listed nowhere here is not shown unmasked either, unless its table is listed: see `classify`.
 */

export type PersonalKind = 'phone' | 'email' | 'name' | 'text' | 'secret';

const COLUMNS: Readonly<Record<string, Readonly<Record<string, PersonalKind>>>> = {
  customers: { phoneNumber: 'phone', name: 'name', email: 'email', preferences: 'text', notes: 'text' },
  business_customers: { contactName: 'name', contactEmail: 'email', assignedPhoneNumber: 'phone' },
  phone_number_inventory: { phoneNumber: 'phone', notes: 'text' },
  promo_codes: {},
  customer_lists: {},
  customer_list_members: { addedBy: 'name', notes: 'text' },
  menus: {},
  menu_items: {},
  orders: { paymentUrl: 'secret', notes: 'text', deliveryTime: 'text' },
  sms_logs: { message: 'text' },
  admin_users: { email: 'email', password: 'secret', name: 'name' },
};

/** The platform's tables. */
export const PLATFORM_TABLES: readonly string[] = Object.keys(COLUMNS);

/** The listed columns of the platform, as `table.column`. */
export const PERSONAL_COLUMNS: readonly string[] = Object.entries(COLUMNS).flatMap(([table, columns]) =>
  Object.keys(columns).map((column) => `${table}.${column}`),
);

/**
 * What is known of a column: the kind of personal data in it, `plain` when the table is known and the column is not
 * listed, or `unknown` for a table that this file does not know (a user's own): its text is then masked too.
 */
export function classify(table: string, column: string): PersonalKind | 'plain' | 'unknown' {
  const columns = COLUMNS[table];
  if (columns === undefined) return 'unknown';
  return columns[column] ?? 'plain';
}

/** Tables of the schema ops whose texts are never a person's: what they are made from is redacted before it is written. */
const OWN_TABLES_WITHOUT: readonly string[] = ['ops.summaries', 'ops.webhook_inbox', 'ops.webhook_attempts'];

/** True where a table of the toolkit's own holds no personal data. `name` is its name with the schema. */
export function isFreeOfPersonalData(name: string): boolean {
  return OWN_TABLES_WITHOUT.includes(name);
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
