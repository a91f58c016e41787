import type { Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { lastTenDigits } from './standing.js';

/**
 * The id of the number that a person means: by its id or spelling; else by its digits, where ten of them are a North
 * American number; else by the last ten, as some were typed by hand. Throws NOT_FOUND, and USAGE where several are meant.
 */
export async function findNumber(session: Session, text: string): Promise<string> {
  const wanted = text.trim();
  const digits = /^\+?[\d\s()./-]+$/.test(wanted) ? wanted.replace(/\D/g, '') : '';
  const { rows } = await session.query<{ id: string; rank: number }>(
    `WITH numbers AS (
       SELECT id, "phoneNumber", starts_with("phoneNumber", '+') AS has_country, ${lastTenDigits('"phoneNumber"')} AS last_ten,
         regexp_replace("phoneNumber", '[^0-9]', '', 'g') AS digits
       FROM phone_number_inventory
     ), ranked AS (
       SELECT id, CASE
           WHEN id = $1 OR "phoneNumber" = $1 THEN 1
           WHEN length($2) < 10 THEN NULL
           WHEN ${withCountry('digits', 'has_country')} = ${withCountry('$2', '$3')} THEN 2
           WHEN last_ten = right($2, 10) AND NOT ($3 AND has_country) THEN 3
         END AS rank
       FROM numbers
     )
     SELECT id, rank FROM ranked WHERE rank = (SELECT min(rank) FROM ranked) ORDER BY id`,
    [wanted, digits, wanted.startsWith('+')],
  );
  const [first, second] = rows;
  if (first === undefined) throw notFound(wanted, digits);
  if (second === undefined) return first.id;
  throw new SmsfoodError(
    'USAGE',
    `Several numbers of the inventory have these digits: ${rows.map(({ id }) => id).join(', ')}.`,
    'Name one of them by its id.',
  );
}

function withCountry(digits: string, hasCountry: string): string {
  return `(CASE WHEN NOT ${hasCountry}::boolean AND length(${digits}::text) = 10 THEN '1' ELSE '' END || ${digits}::text)`;
}

function notFound(wanted: string, digits: string): SmsfoodError {
  const advice = 'Give all of its digits, or the id of its row.';
  if (digits !== '' && digits.length < 10) {
    return new SmsfoodError('USAGE', `"${wanted}" is no phone number: it has fewer than ten digits.`, advice);
  }
  return new SmsfoodError('NOT_FOUND', `The inventory has no number "${wanted}".`, advice);
}
