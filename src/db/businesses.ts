import { suggestion } from '../nearest.js';
import type { Session } from './session.js';

/** More businesses than this are not looked through for one that was mistyped. */
const MOST = 10_000;

/** Null where a business has the id; where none has, which one may have been meant, for a person. */
export async function unknownBusiness(session: Session, id: string): Promise<string | null> {
  const { rows: found } = await session.query('SELECT FROM business_customers WHERE id = $1', [id]);
  if (found.length > 0) return null;
  const { rows } = await session.query<{ id: string; name: string }>(
    `SELECT id, "businessName" AS name FROM business_customers ORDER BY id LIMIT ${MOST}`,
  );
  const named = rows.find(({ name }) => name.toLowerCase() === id.toLowerCase());
  if (named !== undefined) return `The id of ${named.name} is ${named.id}.`;
  return suggestion(
    id,
    rows.map((row) => row.id),
  );
}
