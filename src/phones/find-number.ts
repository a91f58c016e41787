import type { Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { lastTenDigits } from './standing.js';

/**
 * The id of the number that a person means: by its id, as it is spelled, or by its last ten digits, as some were typed
 * by hand (404-555-0101). Throws NOT_FOUND, and USAGE where several are meant.
 */
export async function findNumber(session: Session, text: string): Promise<string> {
  const wanted = text.trim();
  const digits = /^\+?[\d\s()./-]+$/.test(wanted) ? wanted.replace(/\D/g, '') : '';
  const { rows } = await session.query<{ id: string; isExact: boolean }>(
    `SELECT id, id = $1 OR "phoneNumber" = $1 AS "isExact" FROM phone_number_inventory
     WHERE id = $1 OR "phoneNumber" = $1
       OR (length($2) >= 10 AND ${lastTenDigits('"phoneNumber"')} = right($2, 10)
         AND ($2 = regexp_replace("phoneNumber", '[^0-9]', '', 'g') OR NOT ($3 AND starts_with("phoneNumber", '+'))))
     ORDER BY 2 DESC, 1`,
    [wanted, digits, wanted.startsWith('+')],
  );
  const [first, second] = rows;
  if (first === undefined) throw notFound(wanted, digits);
  if (second === undefined || (first.isExact && !second.isExact)) return first.id;
  throw new SmsfoodError(
    'USAGE',
    `Several numbers of the inventory have these digits: ${rows.map(({ id }) => id).join(', ')}.`,
    'Name one of them by its id.',
  );
}

function notFound(wanted: string, digits: string): SmsfoodError {
  if (digits !== '' && digits.length < 10) {
    return new SmsfoodError('USAGE', `"${wanted}" is no phone number: it has fewer than ten digits.`, ADVICE);
  }
  return new SmsfoodError('NOT_FOUND', `The inventory has no number "${wanted}".`, ADVICE);
}

const ADVICE =
  'Write it as +14045550101 or 404-555-0101, or give the id of its row; `smsfood phones list` counts what is there.';
