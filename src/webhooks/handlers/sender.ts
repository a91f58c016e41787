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

/** The customer with this number, made where there is none; `businessId` where customers belong to a business. */
export async function findOrCreateCustomer(
  session: Session,
  author: Author,
  { number, businessId }: { number: string; businessId: string | null },
): Promise<Customer> {
  const find = async () => {
    const { rows } = await session.query<Customer>(
      `SELECT id, "isActive" FROM customers
       WHERE "phoneNumber" = ANY ($1::text[]) ${businessId === null ? '' : 'AND "businessId" = $3'}
       ORDER BY "phoneNumber" = $2 DESC, "createdAt", id LIMIT 1`,
      [spellings(number), number, ...(businessId === null ? [] : [businessId])],
    );
    return rows[0];
  };
  const found = await find();
  if (found !== undefined) return found;
  const id = newRowId();
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
