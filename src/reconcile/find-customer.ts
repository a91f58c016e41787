import type { Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';

/**
 * The id of the customer that a person means: by id or spelling of the phone number, else by its last ten digits.
 * Throws NOT_FOUND, and USAGE where several are meant.
 */
export async function findCustomer(session: Session, text: string): Promise<string> {
  const wanted = text.trim();
  const digits = /^\+?[\d\s()./-]+$/.test(wanted) ? wanted.replace(/\D/g, '') : '';
  const { rows } = await session.query<{ id: string }>(
    `WITH ranked AS (
       SELECT id, CASE
           WHEN id = $1 OR "phoneNumber" = $1 THEN 1
           WHEN length($2) >= 10 AND right(regexp_replace("phoneNumber", '[^0-9]', '', 'g'), 10) = right($2, 10) THEN 2
         END AS rank
       FROM customers
     )
     SELECT id FROM ranked WHERE rank = (SELECT min(rank) FROM ranked) ORDER BY id LIMIT 6`,
    [wanted, digits],
  );
  const [first, second] = rows;
  if (first === undefined) {
    throw new SmsfoodError(
      'NOT_FOUND',
      'No customer has this id or phone number.',
      'Give the id of the row, or all digits of the number.',
    );
  }
  if (second === undefined) return first.id;
  throw new SmsfoodError(
    'USAGE',
    `Several customers have this phone number: ${rows.map(({ id }) => id).join(', ')}.`,
    'Name one of them by its id.',
  );
}
