import { type Author, createRow } from '../../db/ledger.js';
import type { Session } from '../../db/session.js';
import { spellings } from '../phone-number.js';
import { newRowId } from '../row-id.js';

export interface Business {
  id: string;
  name: string;
  isActive: boolean;
}

/** The business whose number a text was sent to: by its own row, by the inventory, or by digits that were typed by hand. */
export async function findBusiness(session: Session, number: string): Promise<Business | null> {
  const { rows } = await session.query<Business>(
    `SELECT b.id, b."businessName" AS name, b."isActive" FROM business_customers b WHERE b.id = coalesce(
       (SELECT id FROM business_customers WHERE "assignedPhoneNumber" = $1),
       (SELECT "currentBusinessId" FROM phone_number_inventory WHERE "phoneNumber" = $1 AND status = 'ASSIGNED'),
       (SELECT min(id) FROM business_customers
        WHERE "assignedPhoneNumber" = ANY ($2::text[]) HAVING count(*) = 1)
     )`,
    [number, spellings(number)],
  );
  return rows[0] ?? null;
}

export interface Customer {
  id: string;
  isActive: boolean;
}

/** A number, of one business where customers belong to one. */
export interface Sender {
  number: string;
  businessId: string | null;
}

/** `$1`, and `$2` where it is of a business. */
const isOf = ({ businessId }: Sender) =>
  `"phoneNumber" = ANY ($1::text[]) ${businessId === null ? '' : 'AND "businessId" = $2'}`;

function parametersOf({ number, businessId }: Sender): unknown[] {
  return [spellings(number), ...(businessId === null ? [] : [businessId])];
}

/** The customer with this number, made where there is none; of several under other spellings the one that is E.164. */
export async function findOrCreateCustomer(session: Session, author: Author, sender: Sender): Promise<Customer> {
  const find = async () => {
    const { rows } = await session.query<Customer>(
      `SELECT id, "isActive" FROM customers WHERE ${isOf(sender)}
       ORDER BY starts_with("phoneNumber", '+') DESC, "createdAt", id LIMIT 1`,
      parametersOf(sender),
    );
    return rows[0];
  };
  const found = await find();
  if (found !== undefined) return found;
  const id = newRowId();
  const { number, businessId } = sender;
  const values = { phoneNumber: number, ...(businessId === null ? {} : { businessId }) };
  const isNew = await createRow(session, {
    ...author,
    table: 'customers',
    id,
    values,
    reason: 'the first text of a number',
  });
  if (isNew) return { id, isActive: true };
  const other = await find(); // made by somebody else a moment ago
  if (other === undefined) throw new Error('the customer can neither be made nor found');
  return other;
}

/** All customers with this number, however it was typed; ours until the transaction ends. */
export async function lockCustomers(session: Session, sender: Sender): Promise<string[]> {
  const { rows } = await session.query<{ id: string }>(
    `SELECT id FROM customers WHERE ${isOf(sender)} ORDER BY id FOR NO KEY UPDATE`,
    parametersOf(sender),
  );
  return rows.map(({ id }) => id);
}
