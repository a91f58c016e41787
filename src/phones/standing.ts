import pg from 'pg';
import { readLiveSchema } from '../db/catalog.js';
import type { Session } from '../db/session.js';

/** What may happen to a number, by its own row and by the businesses that hold it. */
export type Standing =
  /** COOLDOWN: cooling down still; without an end; its end earlier than its release allows; over. */
  | 'cooling'
  | 'endless'
  | 'too-short'
  | 'over'
  /** COOLDOWN that is over, while a business that has left still counts it as its own. */
  | 'over-named'
  /** ASSIGNED to: a business that has not left; one that has; nobody. */
  | 'held'
  | 'inactive'
  | 'nobody'
  /** COOLDOWN that is over, or ASSIGNED to one that has left, while a business that has not left counts it as its own. */
  | 'in-use'
  /** The business that it names does not exist. */
  | 'orphan'
  | 'reserved'
  /** AVAILABLE or RETIRED. */
  | 'idle';

export interface NumberStanding {
  id: string;
  phoneNumber: string;
  areaCode: string;
  status: string;
  standing: Standing;
  /** The business that the inventory names; it need not exist. */
  businessId: string | null;
  businessName: string | null;
  /** Why it counts as having left, such as `canceled`; null where it has not, or does not exist. */
  leftAs: string | null;
  /** The number that this business counts as its own, where that is another one. */
  otherNumber: string | null;
  cooldownUntil: string | null;
  releasedAt: string | null;
  /** The businesses that hold it: named by the inventory, or with this number or its provider id as their own. */
  holders: string[];
  /** Those of them that have not left, and their names in the same order. */
  active: string[];
  activeNames: string[];
}

/** A released number may be given away again after this time. */
export const COOLDOWN_DAYS = 30;

/** How a business that has left spells it, in lower case: the platform's own spelling, and what its code writes. */
const CANCELLED = ['cancelled', 'canceled'];

/** The provider's id has another name in the newer generation of the platform. Null where there is none. */
export async function providerColumn(session: Session, schema: string): Promise<string | null> {
  const columns = (await readLiveSchema(session, schema)).get('business_customers')?.columns;
  return ['providerNumberId', 'ezTextingNumberId'].find((name) => columns?.has(name)) ?? null;
}

/** What numbers are compared by: some were typed by hand. Null where there is no number to compare. */
export function lastTenDigits(column: string): string {
  return `CASE WHEN length(regexp_replace(${column}, '[^0-9]', '', 'g')) >= 10 THEN right(regexp_replace(${column}, '[^0-9]', '', 'g'), 10) END`;
}

/**
 * WITH queries that end in `judged`: the standing of the numbers in `$1` (text[], null for all). `$2` is the margin
 * (interval), `$3` how a cancelled subscription is spelled (text[]). All times are the database's.
 */
export function judgedNumbers(provider: string | null): string {
  const providerId = provider === null ? 'NULL::text' : `nullif(${pg.escapeIdentifier(provider)}, '')`;
  return `
    WITH clock AS (
      SELECT date_trunc('milliseconds', statement_timestamp() AT TIME ZONE 'UTC')::timestamp(3) AS now
    ), numbers AS (
      SELECT id, "phoneNumber", "areaCode", status::text AS status, "currentBusinessId", "previousBusinessId",
        "assignedAt", "releasedAt", "cooldownUntil", ${lastTenDigits('"phoneNumber"')} AS digits, ${providerId} AS provider_id
      FROM phone_number_inventory
      WHERE $1::text[] IS NULL OR id = ANY ($1)
    ), businesses AS (
      SELECT id, "businessName", "assignedPhoneNumber", ${lastTenDigits('"assignedPhoneNumber"')} AS digits, ${providerId} AS provider_id,
        CASE WHEN lower(btrim("subscriptionStatus")) = ANY ($3::text[]) THEN "subscriptionStatus"
          WHEN NOT "isActive" THEN 'inactive' END AS left_as
      FROM business_customers
    ), holdings AS (
      SELECT n.id AS number_id, b.id AS business_id FROM numbers n JOIN businesses b ON b.id = n."currentBusinessId"
      UNION
      SELECT n.id, b.id FROM numbers n JOIN businesses b ON b.digits = n.digits
      UNION
      SELECT n.id, b.id FROM numbers n JOIN businesses b ON b.provider_id = n.provider_id
    ), holders AS (
      SELECT h.number_id, array_agg(b.id ORDER BY b.id) AS ids,
        coalesce(array_agg(b.id ORDER BY b.id) FILTER (WHERE b.left_as IS NULL), '{}') AS active,
        coalesce(array_agg(b."businessName" ORDER BY b.id) FILTER (WHERE b.left_as IS NULL), '{}') AS active_names
      FROM holdings h JOIN businesses b ON b.id = h.business_id
      GROUP BY h.number_id
    ), judged AS (
      SELECT n.*, clock.now, b."businessName", b.left_as, coalesce(h.ids, '{}') AS holders,
        coalesce(h.active, '{}') AS active, coalesce(h.active_names, '{}') AS active_names,
        CASE WHEN b.digits IS DISTINCT FROM n.digits THEN b."assignedPhoneNumber" END AS other_number,
        greatest(n."cooldownUntil", n."releasedAt" + interval '${COOLDOWN_DAYS} days') + $2::interval AS free_at,
        CASE
          WHEN n.status = 'COOLDOWN' THEN CASE
            WHEN n."cooldownUntil" IS NULL THEN 'endless'
            WHEN n."cooldownUntil" + $2::interval > clock.now THEN 'cooling'
            WHEN n."releasedAt" + interval '${COOLDOWN_DAYS} days' + $2::interval > clock.now THEN 'too-short'
            WHEN n."currentBusinessId" IS NOT NULL AND b.id IS NULL THEN 'orphan'
            WHEN cardinality(h.active) > 0 THEN 'in-use'
            WHEN h.ids IS NOT NULL THEN 'over-named'
            ELSE 'over' END
          WHEN n.status = 'ASSIGNED' THEN CASE
            WHEN n."currentBusinessId" IS NULL THEN 'nobody'
            WHEN b.id IS NULL THEN 'orphan'
            WHEN b.left_as IS NULL THEN 'held'
            WHEN cardinality(h.active) > 0 THEN 'in-use'
            ELSE 'inactive' END
          WHEN n.status = 'RESERVED' THEN 'reserved'
          ELSE 'idle' END AS standing
      FROM numbers n CROSS JOIN clock
      LEFT JOIN businesses b ON b.id = n."currentBusinessId"
      LEFT JOIN holders h ON h.number_id = n.id
    )`;
}

/** The values of `$1` to `$3`. */
export function judgedParameters(ids: readonly string[] | null, marginMs: number): unknown[] {
  return [ids, `${marginMs} milliseconds`, CANCELLED];
}

/** The standing of numbers, in the order of their area codes and ids. */
export async function readStandings(
  session: Session,
  query: { provider: string | null; ids: readonly string[] | null; marginMs: number; without?: readonly Standing[] },
): Promise<NumberStanding[]> {
  const { rows } = await session.query<NumberStanding>(
    `${judgedNumbers(query.provider)}
     SELECT id, "phoneNumber", "areaCode", status, standing, "currentBusinessId" AS "businessId", "businessName",
       left_as AS "leftAs", other_number AS "otherNumber", "cooldownUntil", "releasedAt", holders, active,
       active_names AS "activeNames"
     FROM judged WHERE standing <> ALL ($4::text[]) ORDER BY "areaCode", id`,
    [...judgedParameters(query.ids, query.marginMs), query.without ?? []],
  );
  return rows;
}
